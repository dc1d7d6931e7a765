internal import Foundation
internal import GGUF
internal import KVFormat
internal import TestSupport
internal import Testing
internal import Transformer

/// Whole model files against llama.cpp on a thousand tokens of the sample document. The model of scripts/setup is
/// always there; others are tested where they lie beside it.
@Suite(.serialized) struct RealFilesTests {
  /// What llama.cpp predicts, written by scripts/golden/real_files.py.
  struct Golden: Decodable {
    var tokens: [Int32]
    /// The likeliest token after each token.
    var best: [Int]
    /// The lead of its logit over the next.
    var margins: [Float]
    var next_token_nll: [Float]

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/files")

    static func load(_ name: String) throws -> Golden {
      try JSONDecoder().decode(Golden.self, from: Data(contentsOf: folder.appending(path: name + ".json")))
    }
  }

  private static func path(_ name: String) -> String? {
    guard let model = try? TestFiles.model() else { return nil }
    let path = URL(filePath: model).deletingLastPathComponent().appending(path: name + ".gguf")
      .path(percentEncoded: false)
    return FileManager.default.isReadableFile(atPath: path) ? path : nil
  }

  static let names: [String] = {
    let files = try? FileManager.default.contentsOfDirectory(
      atPath: Golden.folder.path(percentEncoded: false)
    )
    return (files ?? []).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
      .filter { path($0) != nil }.sorted()
  }()

  /// Shares of positions with the same likeliest token, and the mean negative log-likelihood.
  private func run(_ model: Model, _ golden: Golden) throws -> (same: Double, nll: Double) {
    let kvType: KVType = model.compute == .f32 ? .f32 : .bf16
    let session = try CausalSession(model: model, capacity: golden.tokens.count, kvType: kvType, threads: 2)
    try session.append(golden.tokens)
    var logits = [Float](repeating: 0, count: model.configuration.vocabulary)
    var (same, nll) = (0, 0.0)
    for row in golden.tokens.indices {
      try logits.withUnsafeMutableBufferPointer { try session.logits(row: row, into: $0) }
      let high = logits.max() ?? 0
      if logits[golden.best[row]] == high { same += 1 }
      guard row + 1 < golden.tokens.count else { continue }
      let sum = logits.reduce(0.0) { $0 + exp(Double($1 - high)) }
      nll += Double(high - logits[Int(golden.tokens[row + 1])]) + log(sum)
    }
    let count = Double(golden.tokens.count)
    return (Double(same) / count, nll / (count - 1))
  }

  @Test func theModelOfSetupIsAmongThem() {
    #expect(Self.names.contains("SmolLM2-135M-Instruct.Q4_1"))
  }

  /// The precisions and forms of weights that processes take.
  static let ways: [(compute: Precision, form: WeightForm)] = {
    let native: [(Precision, WeightForm)] = Precision.native == .f32 ? [] : [(.native, .packed)]
    return [(.f32, .packed), (.f32, .compact)] + native
  }()

  @Test(arguments: names, ways)
  func llamaCppAgrees(_ name: String, _ way: (compute: Precision, form: WeightForm)) throws {
    let (compute, form) = way
    let golden = try Golden.load(name)
    let file = try GGUFFile(path: try #require(Self.path(name)))
    let model = try Model(file: file, compute: compute, form: form, withHead: true, threads: 2)
    let (same, nll) = try run(model, golden)
    let expected = golden.next_token_nll.reduce(0.0) { $0 + Double($1) } / Double(golden.next_token_nll.count)
    print(
      "\(name) in \(compute.rawValue), \(form.rawValue): same likeliest token \(same), NLL \(nll) against \(expected)"
    )
    #expect(same >= (compute == .f32 ? 0.995 : 0.97))
    #expect(abs(nll / expected - 1) < 0.005)
  }
}
