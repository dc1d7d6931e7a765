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
    "best", "select=none", "select=sketch:2,reduce=two-pass", "heads=adaptive:0.9", "fast", "select=exact:2",
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

  /// The logits after tokens that are run in parts of the given sizes, with rows in between that are taken back.
  private func logits(
    _ session: QuerySession,
    _ model: Model,
    _ answer: [Int32],
    parts: [Int]
  ) throws -> [Float] {
    let pass = try AnswerPass(model: model, threads: 2, rows: 8)
    var result: [Float] = []
    var rest = answer[...]
    for part in parts {
      if part > 1 {
        try session.answer([300, 301], by: pass)
        session.removeLast(2)
      }
      try session.answer(Array(rest.prefix(part)), by: pass)
      rest = rest.dropFirst(part)
      try pass.withLogits(rows: 0..<part) { result += $0 }
    }
    return result
  }

  @Test(arguments: ways) func rowsDoNotDependOnTheirNumber(_ way: Way) throws {
    let model = try model(way)
    let answer = anyTokens(20, seed: 40)
    let question = anyTokens(11, seed: 9)
    for kvType in way == .f32 ? [KVType.f32, .bf16] : [.bf16] {
      let context = try MergedContext.encoded(
        (5..<12).map { anyTokens(90, seed: $0) },
        by: model,
        kvType: kvType
      )
      // Packed weights of all types are read alike; they take the readings that differ most.
      for reading in way == .compact ? Self.readings : Array(Self.readings.prefix(4)) {
        func run(_ parts: [Int]) throws -> [UInt32]? {
          let session = try QueryEngine(model: model, threads: 2)
            .session(question, reading: try Reading(parsing: reading), extra: 30, over: context)
          guard session.mostTogether == 8 else {
            // Only packed weights, of which the head at least is in f32, leave such rows without AVX-512.
            #expect(way != .compact && !model.keepsRowsApart(for: .answering))
            return nil
          }
          try session.append(question)
          return try logits(session, model, answer, parts: parts).map(\.bitPattern)
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
    let context = try MergedContext.encoded((5..<9).map { anyTokens(40, seed: $0) }, by: model, kvType: .bf16)
    for reading in ["select=exact:1,reduce=head+token", "dga"] {
      let session = try QueryEngine(model: model, threads: 1)
        .session([300, 301], reading: try Reading(parsing: reading), extra: 4, over: context)
      #expect(session.mostTogether == 1)
    }
  }

  @Test(arguments: ways) func draftsChangeNoAnswer(_ way: Way) throws {
    let model = try model(way)
    let chunks = (5..<9).map { anyTokens(90, seed: $0) }
    let context = try MergedContext.encoded(chunks, by: model, kvType: .bf16)
    let document = Array(chunks.joined())
    let engine = QueryEngine(model: model, threads: 2)
    for temperature in [0, 0.8] {
      for isFull in way == .compact ? [false, true] : [temperature > 0] {
        func answer(_ drafts: Bool) throws -> (tokens: [Int32], report: QueryEngine.Report) {
          let query = QueryEngine.Query(
            tokens: anyTokens(6, seed: 3) + document[100..<130],
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
        if temperature == 0, model.keepsRowsApart(for: .answering) {
          #expect(drafted.report.drafted > 0)
        }
      }
    }
  }
}
