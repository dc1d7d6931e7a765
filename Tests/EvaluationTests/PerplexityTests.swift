internal import Evaluation
internal import Foundation
internal import GGUF
internal import KVFormat
internal import ParallelContext
internal import Runtime
internal import TestSupport
internal import Testing
internal import Tokenizers
internal import Transformer

/// Losses, and the share of the context's use that is kept.
@Suite(.serialized) struct PerplexityTests {
  @Test func lossIsThatOfTheSoftmax() {
    let logits: [Float] = [1, 2, 3, 400]
    #expect(abs(NextTokenLoss.loss(logits, target: 3)) < 1e-9)
    #expect(abs(NextTokenLoss.loss(logits, target: 0) - 399) < 1e-6)
    #expect(abs(NextTokenLoss.loss([Float](repeating: 5, count: 8), target: 2) - log(8)) < 1e-6)
  }

  @Test func theMeanTakesEveryTokenButTheFirst() throws {
    // After each of the first two tokens the model is sure of the right one; after the third it knows
    // nothing.
    let tokens: [Int32] = [0, 1, 2, 0]
    let mean = try NextTokenLoss.mean(tokens, vocabulary: 3, rowsAtOnce: 2) { rows, out in
      for (index, row) in rows.enumerated() {
        for token in 0..<3 { out[index * 3 + token] = row < 2 && token == row + 1 ? 100 : 0 }
      }
    }
    #expect(abs(mean - log(3) / 3) < 1e-6)
  }

  @Test func keptIsOneForFullAttentionAndZeroForNone() {
    #expect(PerplexityRow.kept(loss: 2, without: 3, full: 2) == 1)
    #expect(PerplexityRow.kept(loss: 3, without: 3, full: 2) == 0)
    #expect(PerplexityRow.kept(loss: 2.25, without: 3, full: 2) == 0.75)
    #expect(PerplexityRow.kept(loss: 2, without: 2, full: 2.5) == 0)
  }

  @Test func segmentsLieInsideTheDocument() throws {
    for seed in [0, 1, 77] as [UInt64] {
      let c = PerplexityEvaluation.Configuration(
        context: 100,
        score: 10,
        chunkCounts: [2],
        segments: 4,
        policies: [],
        seed: seed
      )
      let starts = (0..<4).map { PerplexityEvaluation.start(of: $0, configuration: c, documentTokens: 1000) }
      #expect(starts == starts.sorted())
      #expect(Set(starts).count == 4)
      #expect(starts.allSatisfy { $0 >= 0 && $0 + 111 <= 1000 })
    }
  }

  @Test func aBadPolicyIsNamed() {
    #expect(throws: ContextError.self) { _ = try NamedMethod(parsing: "no-such-policy") }
  }

  /// On real text the context is of use, one contiguous chunk keeps all of that use, and the layout without a
  /// sink keeps less than contiguous chunks do.
  @Test func policiesKeepWhatTheyShould() throws {
    let file = try GGUFFile(path: TestFiles.model())
    let model = try Model(file: file, compute: .native, withHead: true, threads: 2)
    let tokenizer = try Tokenizer(TokenizerConfiguration(file))
    let text = try Data(contentsOf: URL(filePath: TestFiles.document())).prefix(120_000).suffix(40_000)
    let configuration = PerplexityEvaluation.Configuration(
      context: 1024,
      score: 128,
      chunkCounts: [1, 4],
      segments: 2,
      policies: try ["full-attention", "naive", "placement=contiguous,select=none"].map {
        try NamedMethod(parsing: $0)
      },
      seed: 3
    )
    let sink = tokenizer.encode("The following is a manual.\n")
    let evaluation = PerplexityEvaluation(model: model, sink: sink, threads: 2, configuration: configuration)
    let rows = try evaluation.run(document: tokenizer.encode(utf8: Array(text)))
    func kept(_ policy: String, _ chunks: Int) throws -> Double {
      try #require(rows.first { $0.policy == policy && $0.chunks == chunks }).kept
    }
    let first = try #require(rows.first)
    #expect(rows.count == 5)
    #expect(first.nllWithoutContext > first.nllFullAttention + 0.1)
    #expect(try kept("full-attention", 1) == 1)
    #expect(abs(try kept("placement=contiguous,select=none", 1) - 1) < 0.03)
    #expect(try kept("placement=contiguous,select=none", 4) > kept("naive", 4))
    #expect(try kept("naive", 4) < 0.95)
    #expect(first.entropyByLayer.isEmpty)
    for row in rows.dropFirst() {
      let mean = row.entropyByLayer.reduce(0, +) / Double(row.entropyByLayer.count)
      #expect(row.entropyByLayer.count == model.configuration.layers)
      #expect(row.entropyByLayer.allSatisfy { $0 > 0 && $0 < log(1024 + 128 + 20) })
      #expect(abs(mean - (row.entropyNats ?? 0)) < 1e-6)
    }
  }

  /// Coding changes the loss, though by far less than the context is worth.
  @Test func codedKeysAndValuesKeepAlmostAll() throws {
    let file = try GGUFFile(path: TestFiles.model())
    let model = try Model(file: file, compute: .native, withHead: true, threads: 2)
    guard model.compute != .f32 else { return }
    let tokenizer = try Tokenizer(TokenizerConfiguration(file))
    let text = try Data(contentsOf: URL(filePath: TestFiles.document())).prefix(120_000).suffix(20_000)
    func row(_ codec: KVCodec) throws -> PerplexityRow {
      var configuration = PerplexityEvaluation.Configuration(
        context: 1024,
        score: 128,
        chunkCounts: [4],
        segments: 1,
        policies: [try NamedMethod(parsing: "placement=contiguous,select=none")],
        seed: 3
      )
      configuration.codec = codec
      let evaluation = PerplexityEvaluation(model: model, sink: [1], threads: 2, configuration: configuration)
      return try #require(try evaluation.run(document: tokenizer.encode(utf8: Array(text))).first)
    }
    let (plain, coded) = (try row(.bf16), try row(.int8))
    #expect(plain.nllFullAttention == coded.nllFullAttention)
    #expect(plain.nll != coded.nll)
    #expect(abs(plain.kept - coded.kept) < 0.02)
  }
}
