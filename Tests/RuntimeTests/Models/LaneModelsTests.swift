internal import Runtime
internal import Testing
internal import Transformer
internal import Worker

/// The choice among the encoders of a lane.
struct LaneModelsTests {
  /// An encoder that writes its own number.
  private final class Numbered: LaneEncoder {
    let number: UInt8
    init(_ number: UInt8) { self.number = number }

    func encode(
      _ assignment: ChunkAssignment,
      into destination: UnsafeMutableRawBufferPointer,
      ready: (Int) -> Void,
      isCancelled: () -> Bool
    ) throws -> EncodeReport {
      guard !isCancelled() else { throw CancellationError() }
      destination[0] = number
      ready(1)
      return EncodeReport(computeSeconds: 0, sinkDigest: UInt64(number))
    }
  }

  private static func encode(_ model: Int, by lane: LaneModels, isCancelled: Bool = false) throws -> [UInt8] {
    var bytes: [UInt8] = [0]
    let assignment = ChunkAssignment(
      model: model,
      sinkTokens: [],
      tokens: [1],
      positionBase: 0,
      kvByteCount: 1
    )
    var readyBytes = 0
    let report = try bytes.withUnsafeMutableBytes { destination in
      try lane.encode(assignment, into: destination, ready: { readyBytes = $0 }, isCancelled: { isCancelled })
    }
    return bytes + [UInt8(report.sinkDigest), UInt8(readyBytes)]
  }

  @Test func aChunkGoesToTheEncoderOfItsModel() throws {
    let lane = LaneModels([Numbered(7), Numbered(8)])
    #expect(try [1, 0, 1].map { try Self.encode($0, by: lane) } == [[8, 8, 1], [7, 7, 1], [8, 8, 1]])
    #expect(throws: CancellationError.self) { try Self.encode(1, by: lane, isCancelled: true) }
  }

  @Test(arguments: [2, .max, -1, .min])
  func aModelThatIsNotThereIsAnError(model: Int) {
    let lane = LaneModels([Numbered(7), Numbered(8)])
    #expect(throws: ModelError.self) { try Self.encode(model, by: lane) }
  }
}
