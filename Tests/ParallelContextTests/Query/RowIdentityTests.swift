internal import GGUF
internal import KVFormat
internal import ParallelContext
internal import TestSupport
internal import Testing
internal import Transformer

/// Tokens of an answer have the same logits, bit for bit, whether they are run one by one or together.
@Suite(.serialized) struct RowIdentityTests {
  /// A way to compute answers.
  enum Way: String, CaseIterable, Sendable {
    case f32, bf16, int8, compact

    var compute: Precision {
      switch self {
      case .f32, .compact: .f32
      case .bf16: .bf16
      case .int8: .int8
      }
    }
  }

  static let ways = Way.allCases.filter(\.compute.isSupported)
  private static let readings = [
    "best", "fast", "select=none", "select=exact:2", "select=sketch:2,reduce=two-pass", "heads=adaptive:0.9",
    "select=moments:2", "layers=every:2,64",
  ]

  private func model(_ way: Way) throws -> Model {
    let form: WeightForm = way == .compact ? .both : .packed
    return try Model(
      file: GGUFFile(path: TestFiles.model()),
      compute: way.compute,
      form: form,
      withHead: true,
      threads: 2
    )
  }

  private func tokens(_ count: Int, seed: UInt64) -> [Int32] {
    var generator = SegmentFixture.Generator(state: seed)
    return (0..<count).map { _ in Int32.random(in: 200..<20000, using: &generator) }
  }

  private func context(_ model: Model, kvType: KVType, chunks: [[Int32]]) throws -> MergedContext {
    let encoder = try ChunkEncoder(model: model, kvType: kvType, tokens: 128)
    let sink = tokens(9, seed: 1)
    let sinkCache = try encoder.encodeSink(sink)
    let caches = try chunks.map { chunk in
      let cache = try KVCache(shape: KVCacheShape(model.configuration, tokens: chunk.count, type: kvType))
      try encoder.encode(chunk, behind: sinkCache, into: cache)
      return cache
    }
    let plan = try ContextPlan(
      boundaries: chunks.flatMap { [UInt8](repeating: 0, count: $0.count - 1) + [2] },
      cutting: .size(chunks[0].count),
      sinkTokens: sink,
      contextLength: model.configuration.contextLength
    )
    return try MergedContext(plan: plan, sink: sinkCache, chunks: caches)
  }

  /// The logits after tokens that are run in parts of the given sizes, with rows in between that are taken back.
  private func logits(_ session: QuerySession, _ answer: [Int32], parts: [Int], count: Int) throws -> [Float]
  {
    var result: [Float] = []
    var rest = answer[...]
    for part in parts {
      if part > 1 {
        try session.appendEach([300, 301])
        session.removeLast(2)
      }
      try session.appendEach(Array(rest.prefix(part)))
      rest = rest.dropFirst(part)
      var values = [Float](repeating: 0, count: part * count)
      try values.withUnsafeMutableBufferPointer { try session.readLogits(lastRows: part, into: $0) }
      result += values
    }
    return result
  }

  @Test(arguments: ways) func rowsDoNotDependOnTheirNumber(_ way: Way) throws {
    let model = try model(way)
    let answer = tokens(20, seed: 40)
    let question = tokens(11, seed: 9)
    let vocabulary = model.configuration.vocabulary
    for kvType in way == .f32 ? [KVType.f32, .bf16] : [.bf16] {
      let context = try context(model, kvType: kvType, chunks: (5..<12).map { tokens(90, seed: $0) })
      for reading in Self.readings {
        func run(_ parts: [Int]) throws -> [UInt32]? {
          let session = try QueryEngine(model: model, threads: 2)
            .session(question, reading: try Reading(parsing: reading), extra: 30, over: context)
          guard session.mostTogether == 8 else {
            // Only packed weights, of which the head at least is in f32, leave such rows without AVX-512.
            #expect(way != .compact && !model.keepsRowsApart(for: .answering))
            return nil
          }
          try session.append(question)
          return try logits(session, answer, parts: parts, count: vocabulary).map(\.bitPattern)
        }
        let single = try run([Int](repeating: 1, count: 20))
        for parts in [[8, 7, 5], [2, 3, 4, 6, 5]] {
          #expect(try run(parts) == single, "\(way.rawValue) \(kvType) \(reading)")
        }
      }
    }
  }

  @Test func rowsThatDependOnEachOtherAreRunByThemselves() throws {
    let model = try model(.compact)
    let context = try context(model, kvType: .bf16, chunks: (5..<9).map { tokens(40, seed: $0) })
    for reading in ["select=exact:1,reduce=head+token", "dga"] {
      let session = try QueryEngine(model: model, threads: 1)
        .session([300, 301], reading: try Reading(parsing: reading), extra: 4, over: context)
      #expect(session.mostTogether == 1)
    }
  }

  @Test(arguments: ways) func draftsChangeNoAnswer(_ way: Way) throws {
    let model = try model(way)
    let chunks = (5..<9).map { tokens(90, seed: $0) }
    let context = try context(model, kvType: .bf16, chunks: chunks)
    let document = Array(chunks.joined())
    let engine = QueryEngine(model: model, threads: 2)
    for temperature in [0, 0.8] {
      for isFull in [false, true] {
        func answer(_ drafts: Bool) throws -> (tokens: [Int32], report: QueryEngine.Report) {
          let query = QueryEngine.Query(
            tokens: tokens(6, seed: 3) + document[100..<130],
            maximumTokens: 40,
            temperature: temperature,
            seed: 4,
            drafts: drafts
          )
          var found: [Int32] = []
          let report =
            isFull
            ? try engine.answer(query, behind: document) {
              found.append($0)
              return true
            }
            : try engine.answer(query, over: context, of: document) {
              found.append($0)
              return true
            }
          return (found, report)
        }
        let (plain, drafted) = (try answer(false), try answer(true))
        #expect(plain.tokens == drafted.tokens && plain.tokens.count == 40)
        #expect(plain.report.drafted == 0 && drafted.report.accepted <= drafted.report.drafted)
        // At temperature 0 the text goes on as the document does.
        if temperature == 0, model.keepsRowsApart(for: isFull ? .encoding : .answering) {
          #expect(drafted.report.drafted > 0)
        }
      }
    }
  }
}
