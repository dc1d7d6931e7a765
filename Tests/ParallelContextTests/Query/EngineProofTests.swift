internal import GGUF
internal import KVFormat
internal import Memory
internal import ParallelContext
internal import TestSupport
internal import Testing
internal import Transformer

/// The proofs of correctness that need the real model: in f32, where only rounding is left, and at the other
/// precisions within what their rounding may do to a logit.
@Suite(.serialized) struct EngineProofTests {
  /// A precision with how far two ways to the same logits may lie apart. Other text moves them by 1.7 or more.
  struct Precision: CustomTestStringConvertible, Sendable {
    var compute: KVFormat.Precision
    var tolerance: Float

    var kvType: KVType { compute == .f32 ? .f32 : .bf16 }
    var testDescription: String { compute.rawValue }
  }

  static let precisions = [
    Precision(compute: .f32, tolerance: 1e-3), Precision(compute: .bf16, tolerance: 0.5),
    Precision(compute: .int8, tolerance: 1.4),
  ]
  .filter(\.compute.isSupported)

  private static let models = precisions.map { precision in Result { try loadModel(precision.compute) } }
  private static let model = Result { try model(precisions[0]) }

  private static func model(_ precision: Precision) throws -> Model {
    let index = try #require(precisions.firstIndex { $0.compute == precision.compute })
    return try models[index].get()
  }

  private static func loadModel(_ compute: KVFormat.Precision) throws -> Model {
    try Model(file: GGUFFile(path: TestFiles.model()), compute: compute, withHead: true, threads: 2)
  }

  /// Tokens that stand for text: the same for every run.
  private func tokens(_ count: Int, seed: UInt64) -> [Int32] {
    var generator = SegmentFixture.Generator(state: seed)
    return (0..<count).map { _ in Int32.random(in: 200..<20000, using: &generator) }
  }

  private func encode(
    _ model: Model,
    sink: [Int32],
    chunks: [[Int32]]
  ) throws -> MergedContext {
    let type: KVType = model.compute == .f32 ? .f32 : .bf16
    let encoder = try ChunkEncoder(model: model, kvType: type, tokens: 256)
    let sinkCache = try encoder.encodeSink(sink)
    let caches = try chunks.map { chunk in
      let cache = try KVCache(shape: KVCacheShape(model.configuration, tokens: chunk.count, type: type))
      try encoder.encode(chunk, behind: sinkCache, into: cache)
      return cache
    }
    var boundaries: [UInt8] = []
    for chunk in chunks {
      boundaries += [UInt8](repeating: 0, count: chunk.count - 1) + [2]
    }
    // Chunks of equal length, so that the plan cuts where the chunks end.
    let plan = try ContextPlan(
      boundaries: boundaries,
      cutting: .size(chunks[0].count),
      sinkTokens: sink,
      contextLength: model.configuration.contextLength
    )
    return try MergedContext(plan: plan, sink: sinkCache, chunks: caches)
  }

  private func logits(
    _ model: Model,
    _ context: MergedContext,
    _ tail: [Int32],
    _ policy: String,
    threads: Int = 2
  ) throws -> [Float] {
    let engine = QueryEngine(model: model, threads: threads)
    let session = try engine.session(
      Array(tail.dropLast()),
      reading: try Reading(parsing: policy),
      extra: 1,
      over: context
    )
    // The last token goes through by itself, as in decoding.
    try session.append(Array(tail.dropLast()))
    try session.append(Array(tail.suffix(1)))
    var result = [Float](repeating: 0, count: model.configuration.vocabulary)
    try session.logits(into: &result)
    return result
  }

  private func difference(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).map { abs($0 - $1) }.max() ?? .infinity
  }

  @Test(arguments: precisions)
  func oneContiguousChunkIsThePlainForwardPass(_ precision: Precision) throws {
    let model = try Self.model(precision)
    let (sink, chunk, tail) = (tokens(17, seed: 1), tokens(200, seed: 2), tokens(23, seed: 3))
    for sink in [sink, []] {
      let context = try encode(model, sink: sink, chunks: [chunk])
      let plain = try CausalSession(model: model, capacity: 240, kvType: precision.kvType)
      try plain.append(sink + chunk + tail)
      var expected = [Float](repeating: 0, count: model.configuration.vocabulary)
      try expected.withUnsafeMutableBufferPointer { try plain.logits(into: $0) }
      for policy in ["placement=contiguous,select=none", "best", "placement=shared,select=exact:1"] {
        let found = difference(try logits(model, context, tail, policy), expected)
        #expect(found < precision.tolerance)
      }
    }
  }

  @Test(arguments: precisions) func aLeadIsAttendedAndNotKept(_ precision: Precision) throws {
    let model = try Self.model(precision)
    let encoder = try ChunkEncoder(model: model, kvType: precision.kvType, tokens: 16)
    let sink = try #require(try encoder.encodeSink(tokens(9, seed: 1)))
    let text = tokens(120, seed: 2)
    func encode(_ run: ArraySlice<Int32>, lead: ArraySlice<Int32>) throws -> KVCache {
      let cache = try KVCache(
        shape: KVCacheShape(model.configuration, tokens: run.count, type: precision.kvType)
      )
      try encoder.encode(Array(run), lead: Array(lead), behind: sink, into: cache)
      return cache
    }
    func lastKeys(_ cache: KVCache) -> [UInt8] {
      let row = model.configuration.headDimension * precision.kvType.byteCount
      let start = cache.keys(layer: cache.shape.layers - 1, head: 0) + (cache.shape.tokens - 70) * row
      return Array(UnsafeRawBufferPointer(start: start, count: 70 * row))
    }
    let whole = lastKeys(try encode(text[...], lead: []))
    // The second run uses the room of the first again.
    for _ in 0..<2 { #expect(lastKeys(try encode(text[50...], lead: text[..<50])) == whole) }
    #expect(lastKeys(try encode(text[50...], lead: [])) != whole)
  }

  @Test(arguments: precisions)
  func selectingAsManyChunksAsThereAreChangesNothing(_ precision: Precision) throws {
    let model = try Self.model(precision)
    let context = try encode(model, sink: tokens(9, seed: 4), chunks: (5..<8).map { tokens(60, seed: $0) })
    let tail = tokens(11, seed: 9)
    let all = try logits(model, context, tail, "select=none")
    for reduction in ["none", "head+token", "two-pass"] {
      for count in [3, 7] {
        let selected = try logits(model, context, tail, "select=exact:\(count),reduce=\(reduction)")
        #expect(difference(selected, all) < 1e-4)
      }
      let one = try logits(model, context, tail, "select=exact:1,reduce=\(reduction)")
      #expect(difference(one, all) > 1.2)
    }
    #expect(difference(try logits(model, context, tail, "select=none,temperature=1,scale=1"), all) == 0)
  }

  @Test(arguments: precisions) func chunksAtSharedPositionsMayBePermuted(_ precision: Precision) throws {
    let model = try Self.model(precision)
    let sink = tokens(9, seed: 4)
    let chunks = (10..<14).map { tokens(50, seed: $0) }
    let tail = tokens(11, seed: 9)
    let permuted = [2, 0, 3, 1].map { chunks[$0] }
    for policy in ["sink", "paper", "placement=shared,select=exact:2"] {
      let a = try logits(model, encode(model, sink: sink, chunks: chunks), tail, policy)
      let b = try logits(model, encode(model, sink: sink, chunks: permuted), tail, policy)
      #expect(difference(a, b) < precision.tolerance)
    }
    let a = try logits(
      model,
      encode(model, sink: sink, chunks: chunks),
      tail,
      "placement=contiguous,select=none"
    )
    let b = try logits(
      model,
      encode(model, sink: sink, chunks: permuted),
      tail,
      "placement=contiguous,select=none"
    )
    #expect(difference(a, b) > 1.5)
  }

  @Test(arguments: precisions) func aSinkIsBitIdenticalWhoeverEncodesIt(_ precision: Precision) throws {
    let sink = tokens(31, seed: 20)
    let caches = try [Self.model(precision), Self.loadModel(precision.compute)].map { model in
      let encoder = try ChunkEncoder(model: model, kvType: .bf16, tokens: 64)
      _ = try encoder.encodeSink(tokens(40, seed: 21))
      return try #require(try encoder.encodeSink(sink))
    }
    #expect(Array(caches[0].storage.bytes) == Array(caches[1].storage.bytes))
  }

  @Test(arguments: precisions) func theNumberOfThreadsChangesRoundingAlone(_ precision: Precision) throws {
    let model = try Self.model(precision)
    let context = try encode(model, sink: tokens(9, seed: 4), chunks: (5..<8).map { tokens(60, seed: $0) })
    let tail = tokens(11, seed: 9)
    let one = try logits(model, context, tail, "best", threads: 1)
    let found = difference(one, try logits(model, context, tail, "best", threads: 2))
    #expect(found < precision.tolerance)
  }

  @Test func aQuestionLongerThanTheContextIsRefused() throws {
    let model = try Self.model.get()
    let context = try encode(model, sink: tokens(9, seed: 4), chunks: [tokens(60, seed: 5)])
    #expect(throws: ContextError.self) {
      try QueryEngine(model: model, threads: 1).answer(
        .init(tokens: tokens(model.configuration.contextLength, seed: 1)),
        over: context
      ) { _ in true }
    }
  }

  /// Chunks that are linked in full, one after the other, have seen everything before them.
  @Test(arguments: precisions) func linkingWholeChunksIsThePlainForwardPass(_ precision: Precision) throws {
    let model = try Self.model(precision)
    let (sink, tail) = (tokens(9, seed: 4), tokens(11, seed: 9))
    let chunks = (5..<8).map { tokens(60, seed: $0) }
    let text = Array(chunks.joined())
    let plain = try CausalSession(model: model, capacity: 200, kvType: precision.kvType)
    try plain.append(sink + text + tail)
    var expected = [Float](repeating: 0, count: model.configuration.vocabulary)
    try expected.withUnsafeMutableBufferPointer { try plain.logits(into: $0) }
    let context = try encode(model, sink: sink, chunks: chunks)
    let engine = QueryEngine(model: model, threads: 2)
    func difference(linking count: Int) throws -> Float {
      let linked = try engine.linked(context, text: text, count: count)
      return self.difference(try logits(model, linked, tail, "star"), expected)
    }
    #expect(try difference(linking: 60) < precision.tolerance)
    #expect(try difference(linking: 16) > precision.tolerance)
  }

  @Test func fullAttentionAnswersAsOneContiguousChunkDoes() throws {
    let model = try Self.model.get()
    let (sink, chunk) = (tokens(17, seed: 1), tokens(200, seed: 2))
    let context = try encode(model, sink: sink, chunks: [chunk])
    let query = QueryEngine.Query(
      tokens: tokens(23, seed: 3),
      reading: try Reading(parsing: "star"),
      maximumTokens: 8
    )
    let engine = QueryEngine(model: model, threads: 2)
    var (answer, other): ([Int32], [Int32]) = ([], [])
    let report = try engine.answer(query, behind: sink + chunk) { token in
      answer.append(token)
      return true
    }
    _ = try engine.answer(query, over: context) { token in
      other.append(token)
      return true
    }
    #expect(answer == other && answer.count == 8 && report.statistics == nil)
    let long = tokens(model.configuration.contextLength, seed: 1)
    let error = #expect(throws: ContextError.self) { try engine.check(query, behind: long) }
    #expect(error?.message.contains("choose another policy") == true)
  }
}
