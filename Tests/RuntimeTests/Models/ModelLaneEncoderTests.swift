internal import GGUF
internal import KVFormat
internal import Memory
internal import ParallelContext
internal import Runtime
internal import TestSupport
internal import Testing
internal import Transformer
internal import Worker

/// The encoder of a lane against the chunk encoder that it uses, with the real model.
@Suite(.serialized) struct ModelLaneEncoderTests {
  private func model() throws -> Model {
    try Model(file: GGUFFile(path: TestFiles.model()), compute: .native, withHead: false, threads: 2)
  }

  private let sink: [Int32] = [1, 9690, 198]
  private let tokens: [Int32] = (0..<150).map { Int32(300 + $0 * 7) }

  @Test func bytesAreThoseOfTheChunkEncoderAndBecomeReadyLayerByLayer() throws {
    let model = try model()
    let shape = KVCacheShape(model.configuration, tokens: tokens.count, type: .bf16)
    let expected = try KVCache(shape: shape)
    let reference = try ChunkEncoder(model: model, kvType: .bf16, tokens: 150)
    try reference.encode(tokens, behind: reference.encodeSink(sink), into: expected)

    let lane = try ModelLaneEncoder(model: model)
    let buffer = try AlignedBuffer(byteCount: shape.byteCount)
    let assignment = ChunkAssignment(
      sinkTokens: sink,
      tokens: tokens,
      positionBase: sink.count,
      kvByteCount: shape.byteCount
    )
    var marks: [Int] = []
    let report = try lane.encode(
      assignment,
      into: buffer.mutableBytes,
      ready: { marks.append($0) },
      isCancelled: { false }
    )
    #expect(Array(buffer.bytes) == Array(expected.storage.bytes))
    #expect(marks == (1...shape.layers).map(shape.layerOffset))
    #expect(report.computeSeconds > 0)
    #expect(report.sinkDigest != 0)
  }

  @Test func aChunkAtItsPlaceBehindAnAnchorIsThatOfTheChunkEncoder() throws {
    let model = try model()
    let shape = KVCacheShape(model.configuration, tokens: tokens.count, type: .bf16)
    let anchor: [Int32] = [5, 6, 7, 8]
    let expected = try KVCache(shape: shape)
    let reference = try ChunkEncoder(model: model, kvType: .bf16, tokens: 200)
    try reference.encode(tokens, lead: anchor, base: 900, behind: reference.encodeSink(sink), into: expected)

    let lane = try ModelLaneEncoder(model: model)
    let buffer = try AlignedBuffer(byteCount: shape.byteCount)
    func encode(at position: Int) throws {
      let assignment = ChunkAssignment(
        sinkTokens: sink,
        leadTokens: anchor,
        tokens: tokens,
        positionBase: position,
        kvByteCount: shape.byteCount
      )
      _ = try lane.encode(assignment, into: buffer.mutableBytes, ready: { _ in }, isCancelled: { false })
    }
    try encode(at: 900)
    #expect(Array(buffer.bytes) == Array(expected.storage.bytes))
    try encode(at: sink.count + anchor.count)
    #expect(Array(buffer.bytes) != Array(expected.storage.bytes))
    #expect(throws: ModelError.self) { try encode(at: sink.count + anchor.count - 1) }
  }

  /// Layers are destroyed as soon as they are ready, as coding them in their place does.
  @Test(arguments: [SummaryContent.sketch, .all], [[], [5, 6, 7]] as [[Int32]])
  func aSummaryIsThatOfTheFinishedCache(content: SummaryContent, lead: [Int32]) throws {
    let model = try model()
    let shape = KVCacheShape(model.configuration, tokens: tokens.count, type: .bf16)
    let cache = try KVCache(shape: shape)
    let reference = try ChunkEncoder(model: model, kvType: .bf16, tokens: 150)
    try reference.encode(tokens, lead: lead, behind: reference.encodeSink(sink), into: cache)
    let summaryShape = SummaryShape(shape, pairing: model.configuration.rope.pairing, content: content)
    let expected = try ChunkSummary(
      shape: summaryShape,
      storage: AlignedBuffer(byteCount: summaryShape.byteCount)
    )
    for layer in 0..<shape.layers { try expected.fill(layer: layer, from: cache) }

    let lane = try ModelLaneEncoder(model: model)
    let buffer = try AlignedBuffer(byteCount: shape.byteCount + summaryShape.byteCount)
    // The remains of an earlier chunk.
    for index in 0..<buffer.byteCount { buffer.mutableBytes[index] = 0x3c }
    let assignment = ChunkAssignment(
      sinkTokens: sink,
      leadTokens: lead,
      tokens: tokens,
      positionBase: sink.count + lead.count,
      kvByteCount: shape.byteCount,
      summary: content,
      summaryByteCount: summaryShape.byteCount
    )
    var marks: [Int] = []
    _ = try lane.encode(
      assignment,
      into: buffer.mutableBytes,
      ready: { mark in
        for index in (marks.last ?? 0)..<min(mark, shape.byteCount) { buffer.mutableBytes[index] = 0xff }
        marks.append(mark)
      },
      isCancelled: { false }
    )
    #expect(marks.dropLast() == (1..<shape.layers).map(shape.layerOffset)[...])
    #expect(marks.last == buffer.byteCount)
    #expect(summaryShape.byteCount > 0)
    #expect(Array(buffer.bytes[shape.byteCount...]) == Array(expected.storage.bytes))
  }

  @Test func aSummaryOfAnotherSizeIsRefused() throws {
    let model = try model()
    let shape = KVCacheShape(model.configuration, tokens: tokens.count, type: .bf16)
    let sketch = SummaryShape(shape, pairing: model.configuration.rope.pairing, content: .sketch).byteCount
    let lane = try ModelLaneEncoder(model: model)
    let buffer = try AlignedBuffer(byteCount: shape.byteCount + sketch + 64)
    let wrong: [(SummaryContent, Int)] = [(.sketch, sketch + 64), (.none, 64), (.all, sketch)]
    for (content, bytes) in wrong {
      #expect(throws: ModelError.self) {
        try lane.encode(
          ChunkAssignment(
            sinkTokens: sink,
            tokens: tokens,
            positionBase: sink.count,
            kvByteCount: shape.byteCount,
            summary: content,
            summaryByteCount: bytes
          ),
          into: UnsafeMutableRawBufferPointer(rebasing: buffer.mutableBytes[..<(shape.byteCount + bytes)]),
          ready: { _ in },
          isCancelled: { false }
        )
      }
    }
  }

  @Test func aCancelledChunkStopsAfterALayer() throws {
    let model = try model()
    let shape = KVCacheShape(model.configuration, tokens: tokens.count, type: .bf16)
    let lane = try ModelLaneEncoder(model: model)
    let buffer = try AlignedBuffer(byteCount: shape.byteCount)
    var layers = 0
    #expect(throws: CancellationError.self) {
      try lane.encode(
        ChunkAssignment(
          sinkTokens: sink,
          tokens: tokens,
          positionBase: sink.count,
          kvByteCount: shape.byteCount
        ),
        into: buffer.mutableBytes,
        ready: { _ in layers += 1 },
        isCancelled: { layers == 3 }
      )
    }
    #expect(layers == 3)
  }

  @Test func aChunkThatDoesNotFitIsRefused() throws {
    let model = try model()
    let lane = try ModelLaneEncoder(model: model)
    let buffer = try AlignedBuffer(byteCount: 64)
    for (base, bytes) in [
      (sink.count, 64), (0, KVCacheShape(model.configuration, tokens: 150, type: .bf16).byteCount),
    ] {
      #expect(throws: ModelError.self) {
        try lane.encode(
          ChunkAssignment(sinkTokens: sink, tokens: tokens, positionBase: base, kvByteCount: bytes),
          into: buffer.mutableBytes,
          ready: { _ in },
          isCancelled: { false }
        )
      }
    }
  }
}
