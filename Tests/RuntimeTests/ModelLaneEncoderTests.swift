internal import GGUF
internal import Memory
internal import ParallelContext
internal import Runtime
internal import TestSupport
internal import Testing
internal import Transformer
internal import Worker

/// A lane's encoder against the chunk encoder it stands on, with the real model.
@Suite(.serialized) struct ModelLaneEncoderTests {
  private func model() throws -> Model {
    try Model(file: GGUFFile(path: TestFiles.model()), compute: .native, withHead: false, threads: 2)
  }

  private let sink: [Int32] = [1, 9690, 198]
  private let tokens: [Int32] = (0..<150).map { Int32(300 + $0 * 7) }

  @Test func bytesAreThoseOfTheChunkEncoderAndBecomeReadyLayerByLayer() throws {
    let model = try model()
    let shape = KVShape(model.configuration, tokens: tokens.count, type: .bf16)
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
    #expect(marks == (1...shape.layers).map { $0 * shape.layerByteCount })
    #expect(report.computeSeconds > 0)
    #expect(report.sinkDigest != 0)
  }

  @Test func aCancelledChunkStopsAfterALayer() throws {
    let model = try model()
    let shape = KVShape(model.configuration, tokens: tokens.count, type: .bf16)
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
      (sink.count, 64), (0, KVShape(model.configuration, tokens: 150, type: .bf16).byteCount),
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
