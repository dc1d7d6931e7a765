internal import Testing
internal import Wire

/// Numbers at the ends of their ranges, as a hostile peer may send them in a frame's header.
struct ExtremeFrameTests {
  @Test(arguments: [FrameKind.begin, .frame, .end], [UInt64.max, 1 << 63, 1, 0])
  func aFrameOfAnyNumbersIsRefusedOrLiesWithinItsChunk(kind: FrameKind, number: UInt64) {
    for length in [UInt32.max, 1, 0] {
      for total in [UInt64.max, 1, 0] {
        let header = FrameHeader(
          kind: kind,
          job: .max,
          chunk: .max,
          token: number,
          offset: number,
          total: total,
          length: length,
          checksum: .max
        )
        var message = [UInt8](repeating: 0, count: FrameHeader.byteCount + 1)
        message.withUnsafeMutableBytes { _ = header.write(to: $0) }
        for limits in [
          FrameLimits(frameBytes: 2 << 20, chunkBytes: 64 << 30),
          FrameLimits(frameBytes: .max, chunkBytes: .max),
          FrameLimits(frameBytes: .min, chunkBytes: .min),
        ] {
          let taken = message.withUnsafeBytes { try? FrameHeader(reading: $0, limits: limits) }
          if let taken { #expect(taken.length == 1 && (kind != .frame || taken.offset < taken.total)) }
        }
      }
    }
  }
}
