internal import Foundation
internal import GGUF
internal import KVFormat
internal import Testing
internal import Transformer

/// A tiny model with biases and RoPE over halves against Hugging Face transformers on the same weights.
@Suite(.serialized) struct Qwen2Tests {
  /// The reference's logits, written by scripts/golden/qwen2.py.
  private struct Golden: Decodable {
    var tokens: [Int32]
    var logits: [[Float]]

    static func load() throws -> Golden {
      let folder = URL(filePath: #filePath).deletingLastPathComponent()
      let data = try Data(contentsOf: folder.appending(path: "Golden/qwen2_f32.json"))
      return try JSONDecoder().decode(Golden.self, from: data)
    }
  }

  /// The logits after every token.
  private func logits(_ tokens: [Int32], compute: Precision, kvType: KVType) throws -> [[Float]] {
    let model = try Model(file: TinyModelFile.open(), compute: compute, withHead: true, threads: 1)
    let session = try CausalSession(model: model, capacity: tokens.count, kvType: kvType)
    try session.append(tokens)
    return try tokens.indices.map { row in
      var values = [Float](repeating: 0, count: model.configuration.vocabulary)
      try values.withUnsafeMutableBufferPointer { try session.logits(row: row, into: $0) }
      return values
    }
  }

  @Test func configurationIsRead() throws {
    let configuration = try ModelConfiguration(TinyModelFile.open())
    #expect(configuration.architecture == "qwen2")
    #expect(configuration.rope == RotaryConfiguration(base: 10000, dimension: 64, pairing: .halves))
    #expect(configuration.normEpsilon == 1e-6)
    #expect(configuration.qkvWidth == 256)
  }

  @Test func f32LogitsAgree() throws {
    let golden = try Golden.load()
    let result = try logits(golden.tokens, compute: .f32, kvType: .f32)
    try #require(golden.logits.count == result.count)
    var worst: Float = 0
    for (row, expected) in zip(result, golden.logits) {
      try #require(row.count == expected.count)
      #expect(row.allSatisfy { $0.isFinite })
      for (value, reference) in zip(row, expected) { worst = max(worst, abs(value - reference)) }
    }
    #expect(worst < 1e-4, "a logit is \(worst) from the reference")
  }

  @Test(.enabled(if: Precision.native == .bf16, "this processor has no bf16 products"))
  func bf16AgreesOnTheLikeliestToken() throws {
    let golden = try Golden.load()
    let result = try logits(golden.tokens, compute: .bf16, kvType: .bf16)
    try #require(golden.logits.count == result.count)
    func best(_ row: [Float]) -> Int? { row.indices.max { row[$0] < row[$1] } }
    let same = zip(result, golden.logits).count { best($0) == best($1) }
    #expect(same * 10 >= golden.tokens.count * 9, "only \(same) of \(golden.tokens.count) positions agree")
  }
}
