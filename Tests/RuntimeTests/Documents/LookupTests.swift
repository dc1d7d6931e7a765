internal import APITypes
internal import Foundation
internal import GGUF
internal import KVFormat
internal import Memory
internal import ParallelContext
internal import Runtime
internal import TestSupport
internal import Testing
internal import Tokenizers
internal import Transformer

/// Answers about the sample document, greedy, with drafts and without.
@Suite("Drafts from the document", .serialized)
struct LookupTests {
  private static let chunkTokens = 256

  /// A model, and the start of the sample document in three chunks.
  private struct Reader {
    let engine: QueryEngine
    let prompts: PromptWriter
    let stopTokens: Set<Int32>
    let document: [Int32]
    let context: MergedContext
    let lines: [String]

    init() throws {
      let file = try GGUFFile(path: TestFiles.model())
      // As a process that encodes and answers loads it.
      let form: WeightForm = Precision.native.activations == .f32 ? .both : .packed
      let model = try Model(file: file, compute: .native, form: form, withHead: true, threads: 2)
      let tokenizer = try Tokenizer(TokenizerConfiguration(file))
      let text = String(decoding: try Data(contentsOf: URL(filePath: TestFiles.document())), as: UTF8.self)
      // Behind the table of contents, which is no text.
      lines = text.split(separator: "\n").map { $0.filter { $0 != "*" } }
        .filter { $0.split(separator: " ").count > 7 }
      document = Array(tokenizer.encode(lines.prefix(100).joined(separator: "\n")).prefix(3 * chunkTokens))
      let type: KVType = model.compute == .f32 ? .f32 : .bf16
      let encoder = try ChunkEncoder(model: model, kvType: type, tokens: chunkTokens)
      engine = QueryEngine(model: model, threads: 2)
      prompts = PromptWriter(tokenizer: tokenizer)
      stopTokens = tokenizer.stopTokens
      let sink = try prompts.sink(nil)
      let plan = try ContextPlan(
        boundaries: [UInt8](repeating: 0, count: document.count),
        cutting: .size(chunkTokens),
        sinkTokens: sink,
        contextLength: model.configuration.contextLength
      )
      let sinkCache = try encoder.encodeSink(sink)
      let document = document
      let caches = try plan.chunks.map { chunk in
        let cache = try KVCache(shape: KVCacheShape(model.configuration, tokens: chunk.count, type: type))
        try encoder.encode(Array(document[chunk]), behind: sinkCache, into: cache)
        return cache
      }
      context = try MergedContext(plan: plan, sink: sinkCache, chunks: caches)
    }

    func answer(_ question: String, tokens: Int, drafts: Bool) throws -> ([Int32], QueryEngine.Report) {
      let query = QueryEngine.Query(
        tokens: try prompts.tail([ChatMessage(role: .user, content: question)]),
        maximumTokens: tokens,
        stopTokens: stopTokens,
        penalties: .mild,
        drafts: drafts
      )
      var answer: [Int32] = []
      let report = try engine.answer(query, over: context, of: document) { token in
        answer.append(token)
        return true
      }
      return (answer, report)
    }
  }

  @Test("A hundred answers have the same tokens with drafts and without")
  func identity() throws {
    let reader = try Reader()
    var (tokens, drafted, accepted) = (0, 0, 0)
    for (number, line) in reader.lines.prefix(100).enumerated() {
      let words = line.split(separator: " ").prefix(5).joined(separator: " ")
      let question =
        number.isMultiple(of: 2) ? "Go on as the text does: \(words)" : "What is said of \"\(words)\"?"
      let plain = try reader.answer(question, tokens: 16, drafts: false)
      let other = try reader.answer(question, tokens: 16, drafts: true)
      #expect(plain.0 == other.0, "\(question)")
      #expect(plain.1.stopped == other.1.stopped && plain.1.drafted == 0)
      tokens += other.0.count
      drafted += other.1.drafted
      accepted += other.1.accepted
    }
    #expect(tokens > 800 && drafted > 0 && accepted > 0 && accepted <= drafted)
  }

  @Test("An answer that quotes is drafted, and has the same tokens")
  func quoting() throws {
    let reader = try Reader()
    let question = "Repeat the text of the document word by word."
    let plain = try reader.answer(question, tokens: 96, drafts: false)
    let other = try reader.answer(question, tokens: 96, drafts: true)
    #expect(plain.0 == other.0)
    // How many are drafted depends on the times of runs, and so on what else the machine does.
    #expect(other.1.drafted > 0 && other.1.accepted <= other.1.drafted)
  }
}
