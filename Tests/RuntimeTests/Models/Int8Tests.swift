internal import Foundation
internal import GGUF
internal import KVFormat
internal import Runtime
internal import TestSupport
internal import Testing
internal import Tokenizers
internal import Transformer

/// Linear layers in int8 against the other precisions.
@Suite(.serialized) struct Int8Tests {
  /// The mean loss of the sample document's first tokens, each predicted from all before it.
  private func loss(_ compute: Precision, file: GGUFFile, tokens: [Int32]) throws -> Double {
    let model = try Model(file: file, compute: compute, withHead: true, threads: 2)
    let session = try CausalSession(model: model, capacity: tokens.count, kvType: .bf16, threads: 2)
    try session.append(tokens)
    let vocabulary = model.configuration.vocabulary
    var logits = [Float](repeating: 0, count: DecoderPass.blockRows * vocabulary)
    var total = 0.0
    for first in stride(from: 0, to: tokens.count - 1, by: DecoderPass.blockRows) {
      let rows = first..<min(first + DecoderPass.blockRows, tokens.count - 1)
      try logits.withUnsafeMutableBufferPointer { try session.logits(rows: rows, into: $0) }
      for row in rows {
        let values = logits[(row - first) * vocabulary..<(row - first + 1) * vocabulary]
        let high = values.max() ?? 0
        let sum = values.reduce(into: 0.0) { $0 += Double(exp($1 - high)) }
        total += log(sum) + Double(high - values[values.startIndex + Int(tokens[row + 1])])
      }
    }
    return total / Double(tokens.count - 1)
  }

  @Test(.enabled(if: Precision.int8.isSupported, "this processor has no int8 products"))
  func lossOnRealTextIsWithinWhatAutoAccepts() throws {
    let file = try GGUFFile(path: TestFiles.model())
    let text = try Data(contentsOf: URL(filePath: TestFiles.document()))
    let tokenizer = try Tokenizer(TokenizerConfiguration(file))
    let tokens = Array(tokenizer.encode(utf8: Array(text.prefix(60_000))).prefix(8000))
    try #require(tokens.count == 8000)
    let reference = try loss(.native, file: file, tokens: tokens)
    let quantised = try loss(.int8, file: file, tokens: tokens)
    print("mean NLL of 8,000 tokens: int8 \(quantised), \(Precision.native) \(reference)")
    #expect(abs(quantised / reference - 1) < Precision.acceptedLoss)
  }
}
