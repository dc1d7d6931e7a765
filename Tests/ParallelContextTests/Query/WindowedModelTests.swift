internal import KVFormat
internal import Memory
internal import ParallelContext
internal import TestSupport
internal import Testing
internal import Transformer

/// Contexts of models of which some layers, or all, see a window alone.
@Suite(.serialized) struct WindowedModelTests {
  /// Models of which some layers see everything.
  private static let names = ["gemma3-plain", "gemma2-caps", "gemma3-linear"]

  private func model(_ name: String) throws -> Model {
    try Model(file: ConformanceCase.load(name).writer().open(), compute: .f32, withHead: true, threads: 1)
  }

  private func tokens(_ count: Int, seed: Int) -> [Int32] {
    (0..<count).map { Int32(($0 * 29 + seed * 13 + $0 * $0 % 7) % 80) }
  }

  /// Encodes chunks, which keep what a later query can see or, for comparison, everything.
  private func encode(
    _ model: Model,
    sink: [Int32],
    chunks: [[Int32]],
    keepsAll: Bool = false
  ) throws -> MergedContext {
    let c = model.configuration
    let encoder = try ChunkEncoder(model: model, kvType: .f32, tokens: 64)
    let sinkCache = try encoder.encodeSink(sink)
    let caches = try chunks.map { chunk in
      let shape =
        keepsAll
        ? KVCacheShape(c, tokens: chunk.count, type: .f32)
        : KVCacheShape(chunkOf: c, tokens: chunk.count, type: .f32)
      let cache = try KVCache(shape: shape)
      try encoder.encode(chunk, behind: sinkCache, into: cache)
      return cache
    }
    let boundaries = chunks.flatMap { [UInt8](repeating: 0, count: $0.count - 1) + [2] }
    let plan = try ContextPlan(
      boundaries: boundaries,
      cutting: .size(chunks[0].count),
      sinkTokens: sink,
      contextLength: c.contextLength
    )
    return try MergedContext(plan: plan, sink: sinkCache, chunks: caches)
  }

  /// The logits after every token of a tail, of which the last ones go through one by one.
  private func logits(
    _ model: Model,
    _ context: MergedContext,
    _ tail: [Int32],
    _ reading: String
  ) throws -> [[Float]] {
    let session = try QueryEngine(model: model, threads: 2)
      .session(Array(tail.dropLast(5)), reading: try Reading(parsing: reading), extra: 5, over: context)
    var result: [[Float]] = []
    for part in [tail.dropLast(5)] + tail.suffix(5).map({ [$0] }) {
      try session.append(Array(part))
      for row in 0..<part.count {
        var values = [Float](repeating: 0, count: model.configuration.vocabulary)
        try session.logits(row: row, into: &values)
        result.append(values)
      }
    }
    return result
  }

  private func difference(_ a: [[Float]], _ b: [[Float]]) -> Float {
    guard a.map(\.count) == b.map(\.count) else { return .infinity }
    return zip(a.joined(), b.joined()).map { abs($0 - $1) }.max() ?? .infinity
  }

  @Test(arguments: names) func oneChunkIsThePlainForwardPass(_ name: String) throws {
    let model = try model(name)
    let (chunk, tail) = (tokens(40, seed: 2), tokens(17, seed: 3))
    // Sinks within a window's reach of the tail and out of it.
    for (sink, chunk) in [(tokens(5, seed: 1), chunk), ([], chunk), (tokens(6, seed: 1), tokens(3, seed: 4))]
    {
      let context = try encode(model, sink: sink, chunks: [chunk])
      let plain = try CausalSession(model: model, capacity: 80, kvType: .f32)
      try plain.append(sink + chunk)
      try plain.append(tail)
      let expected = try tail.indices.map { row in
        var values = [Float](repeating: 0, count: model.configuration.vocabulary)
        try values.withUnsafeMutableBufferPointer { try plain.logits(row: row, into: $0) }
        return values
      }
      let found = try logits(model, context, tail, "placement=contiguous,select=none")
      #expect(difference(found, expected) < 1e-3, "\(difference(found, expected))")
    }
  }

  @Test(
    "Where all layers have a window, chunks are read beyond it",
    arguments: ["llama-window", "phi3-window"]
  )
  func chunksAreReadBeyondTheWindow(_ name: String) throws {
    let model = try model(name)
    #expect(model.configuration.reach == 8)
    let (sink, tail) = (tokens(4, seed: 1), tokens(12, seed: 8))
    let last = tokens(20, seed: 3)
    let context = try encode(model, sink: sink, chunks: [tokens(20, seed: 2), last])
    let other = try encode(model, sink: sink, chunks: [tokens(20, seed: 9), last])
    let reading = "placement=contiguous,select=none"
    #expect(
      difference(try logits(model, context, tail, reading), try logits(model, other, tail, reading)) > 0.1
    )
  }

  @Test(
    "Tokens of an answer have the same logits one by one and together",
    arguments: names + ["llama-window"]
  )
  func rowsDoNotDependOnTheirNumber(_ name: String) throws {
    let model = try model(name)
    let context = try encode(model, sink: tokens(4, seed: 1), chunks: (2..<5).map { tokens(30, seed: $0) })
    let tail = tokens(24, seed: 8)
    for reading in ["placement=contiguous,select=none", "best"] {
      let alone = try logits(model, context, tail, reading)
      let session = try QueryEngine(model: model, threads: 2)
        .session(Array(tail.dropLast(5)), reading: try Reading(parsing: reading), extra: 5, over: context)
      // Products of a single row differ without AVX-512, and nothing is run together then.
      guard session.mostTogether >= 5 else {
        #expect(!model.keepsRowsApart(for: .answering))
        continue
      }
      try session.append(Array(tail.dropLast(5)))
      let pass = try AnswerPass(model: model, threads: 2, rows: 8)
      try session.answer(Array(tail.suffix(5)), by: pass)
      var together: [Float] = []
      try pass.withLogits(rows: 0..<5) { together += $0 }
      #expect(together.map(\.bitPattern) == alone.suffix(5).joined().map(\.bitPattern))
    }
  }

  @Test(
    "Answers are those of whole chunks",
    arguments: ["gemma3-plain", "gemma2-caps"],
    ["placement=contiguous,select=none", "best", "paper", "zebra", "placement=shared,select=sketch:1"]
  )
  func whatIsNotKeptIsNotRead(_ name: String, _ reading: String) throws {
    let model = try model(name)
    let (sink, tail) = (tokens(4, seed: 1), tokens(19, seed: 8))
    let chunks = (2..<5).map { tokens(30, seed: $0) }
    let kept = try encode(model, sink: sink, chunks: chunks)
    let whole = try encode(model, sink: sink, chunks: chunks, keepsAll: true)
    #expect(kept.byteCount < whole.byteCount * 3 / 4)
    #expect(try logits(model, kept, tail, reading) == logits(model, whole, tail, reading))
  }

  @Test(
    "A method's groups are those of layers that see everything",
    arguments: ["gemma3-plain", "gemma2-caps"]
  )
  func groupsAreCountedAmongLayersThatSeeEverything(_ name: String) throws {
    let model = try model(name)
    let (sink, tail) = (tokens(4, seed: 1), tokens(12, seed: 8))
    let rest = (3..<5).map { tokens(30, seed: $0) }
    let context = try encode(model, sink: sink, chunks: [tokens(30, seed: 2)] + rest)
    let other = try encode(model, sink: sink, chunks: [tokens(30, seed: 9)] + rest)
    let reading = "placement=contiguous,select=none,layers=every:4,8"
    #expect(
      difference(try logits(model, context, tail, reading), try logits(model, other, tail, reading)) > 0.01
    )
  }

  @Test func aLeadFarFromItsRunIsHiddenByTheWindow() throws {
    let model = try model("llama-window")
    let c = model.configuration
    let encoder = try ChunkEncoder(model: model, kvType: .f32, tokens: 64)
    let sink = try #require(try encoder.encodeSink(tokens(4, seed: 1)))
    let (anchor, run) = (tokens(10, seed: 2), tokens(20, seed: 3))
    func encoded(_ lead: [Int32], at base: Int?) throws -> [UInt8] {
      let cache = try KVCache(shape: KVCacheShape(c, tokens: run.count, type: .f32))
      try encoder.encode(run, lead: lead, base: base, behind: sink, into: cache)
      return Array(cache.storage.bytes)
    }
    // Far from sink and lead a token sees nothing but its run; near it sees both.
    #expect(try encoded(anchor, at: 100) == encoded(tokens(10, seed: 7), at: 100))
    #expect(try encoded(anchor, at: nil) != encoded(tokens(10, seed: 7), at: nil))
  }
}
