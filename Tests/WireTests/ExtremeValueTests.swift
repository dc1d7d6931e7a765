internal import SwiftProtobuf
internal import Testing
internal import Wire

/// Numbers at the ends of their ranges, as a hostile peer may send them in each message.
struct ExtremeValueTests {
  private static let shapes: [KVShape] = [UInt32.max, 1 << 31, 1, 0].map { number in
    .with {
      $0.layers = number; $0.kvHeads = number; $0.headDimension = number
    }
  }

  private func copy<Body: Message & Equatable>(_ body: Body) throws -> Body {
    try Body(serializedBytes: try body.serializedBytes() as [UInt8])
  }

  @Test(arguments: [UInt64.max, 1 << 63, 1 << 36, 1, 0])
  func aLeaseOfAnyNumbersIsRefusedOrFits(number: UInt64) throws {
    for small in [UInt32.max, 1 << 31, 1, 0] {
      for shape in Self.shapes {
        let lease = try copy(
          LeaseGrant.with {
            ($0.jobHigh, $0.jobLow, $0.chunkIndex, $0.token) = (number, number, small, number)
            ($0.sinkTokens, $0.leadTokens, $0.chunkTokens) = ([small], [small], [small, small])
            ($0.positionBase, $0.kvByteCount, $0.summaryByteCount) = (small, number, number)
            $0.codec = .UNRECOGNIZED(Int(Int32.max))
            $0.summary = .all
          }
        )
        for elementBytes in [Int.min, -1, 0, 2, .max] {
          #expect(
            wireError { () throws(WireError) in try lease.check(shape: shape, elementBytes: elementBytes) }
              != nil
          )
        }
      }
    }
  }

  @Test(arguments: shapes, [Int.min, -1, 0, 1, .max])
  func sizesOfAnyNumbersAreCountedOrRefused(shape: KVShape, number: Int) {
    for other in [Int.min, -1, 0, 1, 2, .max] {
      if let count = shape.byteCount(tokens: number, elementBytes: other) { #expect(count >= 0) }
      for codec in KVCodec.known + [.UNRECOGNIZED(-1)] {
        for trailer in [Int.min, -1, 0, .max] {
          let coding = KVCoding(
            codec,
            shape: shape,
            tokens: number,
            elementBytes: other,
            trailerByteCount: trailer
          )
          if let coding { #expect(1...WireProtocol.maximumChunkBytes ~= coding.byteCount) }
        }
      }
    }
  }

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
          FrameLimits(), FrameLimits(frameBytes: .max, chunkBytes: .max),
          FrameLimits(frameBytes: .min, chunkBytes: .min),
        ] {
          let taken = message.withUnsafeBytes { try? FrameHeader(reading: $0, limits: limits) }
          if let taken { #expect(taken.length == 1 && (kind != .frame || taken.offset < taken.total)) }
        }
      }
    }
  }

  @Test(
    arguments: [
      (0, 0), (-0.0, 0), (1.5, 1.5), (-1, 0), (.nan, 0), (-.infinity, 0), (.infinity, 1e9),
      (.greatestFiniteMagnitude, 1e9),
      (.leastNonzeroMagnitude, .leastNonzeroMagnitude),
    ] as [(Double, Double)]
  )
  func timesOfAnEndCanBeAdded(seconds: Double, checked: Double) throws {
    let end = try copy(EndRequest.with { ($0.computeSeconds, $0.wireSeconds) = (seconds, seconds) })
    #expect(end.checkedComputeSeconds == checked && end.checkedWireSeconds == checked)
  }

  @Test(arguments: [Int.min, -1, 0, 4095, .max], [Int.min, -1, 0, 4095, .max])
  func frameSizesOfAnyNumbersAreAgreedOrNot(first: Int, second: Int) {
    if let bytes = WireProtocol.agreedFrameBytes(first, second) { #expect(WireProtocol.frameBytes ~= bytes) }
  }

  @Test func fieldsThatAreGoneAreReadPast() throws {
    // A peer of another build may send what has been reserved.
    let gone: [UInt8] = [0x10, 0x05]
    let request = try LeaseRequest(serializedBytes: [0x18, 0x07] + gone)
    #expect(request.waitMs == 7)
    let running = try RunningLease(serializedBytes: [0x10, 0x09, 0x18, 0x02])
    #expect(running.bytesReady == 9)
    let worker = RegisterRequest.with {
      $0.lanes = 3; $0.maxFrameBytes = 5; $0.replayed = true
    }.textFormatString()
    #expect(worker == "lanes: 3\nmax_frame_bytes: 5\nreplayed: true\n")
    let lease = LeaseGrant.with {
      $0.token = 1; $0.sinkTokens = [2]; $0.summaryByteCount = 3
    }.textFormatString()
    #expect(
      lease == "token: 1\nsink_tokens: 2\nsummary_byte_count: 3\n"
        || lease == "token: 1\nsink_tokens: [2]\nsummary_byte_count: 3\n"
    )
    #expect(LeaseRequest.with { $0.waitMs = 1 }.textFormatString() == "wait_ms: 1\n")
  }
}
