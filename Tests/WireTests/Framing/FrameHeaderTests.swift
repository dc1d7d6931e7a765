internal import SeededRandom
internal import Testing
internal import Wire

@Suite("Frame header")
struct FrameHeaderTests {
  let limits = FrameLimits(frameBytes: 64 << 10, chunkBytes: 1 << 20)

  /// A whole message with this header and a payload, length and checksum filled in.
  func message(_ header: FrameHeader, _ payload: [UInt8]) -> [UInt8] {
    var header = header
    header.length = UInt32(payload.count)
    header.checksum = payload.withUnsafeBytes { Checksum.crc32c($0) }
    return bytes(header) + payload
  }

  func bytes(_ header: FrameHeader) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: FrameHeader.byteCount)
    bytes.withUnsafeMutableBytes { #expect(header.write(to: $0)) }
    return bytes
  }

  func read(_ message: [UInt8]) throws(WireError) -> FrameHeader {
    do {
      return try message.withUnsafeBytes { try FrameHeader(reading: $0, limits: limits) }
    } catch let error as WireError {
      throw error
    } catch {
      throw .notAFrame
    }
  }

  /// The message with one header byte changed and the header's checksum corrected.
  func changed(_ message: [UInt8], at index: Int, to value: UInt8) -> [UInt8] {
    var message = message
    message[index] = value
    let checksum = message.withUnsafeBytes { Checksum.crc32c(UnsafeRawBufferPointer(rebasing: $0[..<56])) }
    for byte in 0..<4 { message[56 + byte] = UInt8(truncatingIfNeeded: checksum >> (8 * byte)) }
    return message
  }

  @Test func hasTheDocumentedLayout() {
    let header = FrameHeader(
      kind: .frame,
      job: 0x0001_0203_0405_0607_0809_0A0B_0C0D_0E0F,
      chunk: 0x1122_3344,
      token: 0x0102_0304_0506_0708,
      offset: 0x10,
      total: 0x20,
      length: 5,
      checksum: 0xAABB_CCDD
    )
    let bytes = bytes(header)
    #expect(FrameHeader.byteCount % 16 == 12)
    #expect(Array(bytes[0..<8]) == [0x42, 0x52, 5, 2, 0x44, 0x33, 0x22, 0x11])
    #expect(Array(bytes[8..<24]) == Array(0...15))
    #expect(Array(bytes[24..<32]) == [8, 7, 6, 5, 4, 3, 2, 1])
    #expect(
      Array(bytes[32..<56]) == [
        0x10, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0xDD, 0xCC, 0xBB, 0xAA,
      ]
    )
  }

  @Test func isReadAsWritten() throws {
    for kind in FrameKind.allCases {
      let offset: UInt64 = kind == .frame ? 4096 : 0
      let header = FrameHeader(
        kind: kind,
        job: .max - 5,
        chunk: 3,
        token: .max,
        offset: offset,
        total: 1 << 20
      )
      let message = message(header, [1, 2, 3, 4, 5])
      let read = try read(message)
      #expect((read.kind, read.job, read.chunk, read.token) == (kind, .max - 5, 3, .max))
      #expect((read.offset, read.total, read.length) == (offset, 1 << 20, 5))
      message.withUnsafeBytes { bytes in
        #expect(wireError { () throws(WireError) in try read.checkBody(of: bytes) } == nil)
        #expect(FrameHeader.body(of: bytes).elementsEqual([1, 2, 3, 4, 5]))
      }
    }
  }

  @Test func writesOnlyIntoEnoughRoom() {
    var bytes = [UInt8](repeating: 9, count: FrameHeader.byteCount - 1)
    let header = FrameHeader(kind: .begin, job: 0, chunk: 0, token: 0, total: 0)
    #expect(bytes.withUnsafeMutableBytes { header.write(to: $0) } == false)
    #expect(bytes.allSatisfy { $0 == 9 })
  }

  @Test func everyFlippedBitIsNoticed() {
    let good = message(
      FrameHeader(kind: .frame, job: 1, chunk: 2, token: 3, offset: 0, total: 100),
      [1, 2, 3]
    )
    for bit in 0..<good.count * 8 {
      var bad = good
      bad[bit / 8] ^= 1 << (bit % 8)
      let error = wireError { () throws(WireError) in
        let header = try read(bad)
        do {
          try bad.withUnsafeBytes { try header.checkBody(of: $0) }
        } catch let error as WireError {
          throw error
        } catch {}
      }
      #expect(error != nil, "bit \(bit)")
    }
  }

  @Test func everyFieldIsHeldAgainstTheLimits() {
    let frame = FrameHeader(kind: .frame, job: 1, chunk: 2, token: 3, offset: 90, total: 100)
    let good = message(frame, Array(repeating: 1, count: 10))
    #expect(wireError { () throws(WireError) in try read(good) } == nil)
    func error(_ header: FrameHeader, payload: Int) -> WireError? {
      wireError { () throws(WireError) in try read(message(header, Array(repeating: 1, count: payload))) }
    }
    func with(_ change: (inout FrameHeader) -> Void) -> FrameHeader {
      var header = frame
      change(&header)
      return header
    }
    #expect(error(frame, payload: 11) == .outOfRange(field: "offset", value: 90, limit: 100))
    #expect(
      error(with { $0.offset = .max }, payload: 10) == .outOfRange(field: "offset", value: .max, limit: 100)
    )
    #expect(
      error(with { $0.offset = 101 }, payload: 1) == .outOfRange(field: "offset", value: 101, limit: 100)
    )
    #expect(error(frame, payload: 0) == .outOfRange(field: "frame length", value: 0, limit: 65536))
    #expect(
      error(
        with {
          $0.offset = 0; $0.total = 1 << 20
        },
        payload: 65537
      )
        == .outOfRange(field: "frame length", value: 65537, limit: 65536)
    )
    #expect(
      error(with { $0.total = 1 << 20 + 1 }, payload: 10)
        == .outOfRange(field: "chunk size in bytes", value: 1 << 20 + 1, limit: 1 << 20)
    )
    #expect(
      error(with { $0.kind = .begin }, payload: 10) == .outOfRange(field: "offset", value: 90, limit: 0)
    )
    #expect(
      error(
        with {
          $0.kind = .end; $0.offset = 0
        },
        payload: 5000
      )
        == .tooLarge(what: "bulk message", bytes: 5000, limit: 4096)
    )

    #expect(wireError { () throws(WireError) in try read(changed(good, at: 0, to: 0)) } == .notAFrame)
    #expect(
      wireError { () throws(WireError) in try read(changed(good, at: 2, to: 9)) }
        == .protocolVersion(theirs: 9, ours: WireProtocol.version)
    )
    #expect(
      wireError { () throws(WireError) in try read(changed(good, at: 3, to: 200)) }
        == .outOfRange(field: "frame kind", value: 200, limit: 3)
    )
    #expect(
      wireError { () throws(WireError) in try read(changed(good, at: 51, to: 255)) }
        == .outOfRange(field: "frame length", value: 0xFF00_000A, limit: 10)
    )
    #expect(wireError { () throws(WireError) in try read(Array(good.dropLast())) } != nil)
    #expect(wireError { () throws(WireError) in try read(good + [0]) } != nil)
    for count in 0..<FrameHeader.byteCount {
      #expect(wireError { () throws(WireError) in try read(Array(good.prefix(count))) } == .notAFrame)
    }
  }

  @Test func randomBytesNeverTrapAndAreNeverTaken() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<20_000 {
      var bytes = generator.bytes(Int.random(in: 0...200, using: &generator))
      if bytes.count > 1, Bool.random(using: &generator) { (bytes[0], bytes[1]) = (0x42, 0x52) }
      #expect(wireError { () throws(WireError) in try read(bytes) } != nil)
    }
  }

  /// Headers of random and extreme fields with right checksums: accepted exactly if all are in range.
  @Test func randomFieldsAreTakenExactlyWhenTheyFit() {
    var generator = SeededGenerator(seed: 4)
    var taken = 0
    func pick(_ limit: UInt64) -> UInt64 {
      let edges: [UInt64] = [0, 1, limit &- 1, limit, limit &+ 1, .max, .max - 1, 1 << 63, 1 << 32]
      return Bool.random(using: &generator)
        ? edges.randomElement(using: &generator) ?? 0 : UInt64.random(in: 0...limit, using: &generator)
    }
    for _ in 0..<20_000 {
      let total = pick(1 << 20)
      let header = FrameHeader(
        kind: FrameKind.allCases.randomElement(using: &generator) ?? .frame,
        job: .random(in: 0 ... .max, using: &generator),
        chunk: .random(in: 0 ... .max, using: &generator),
        token: .random(in: 0 ... .max, using: &generator),
        offset: pick(total),
        total: total
      )
      let count = Int.random(in: 0...100, using: &generator)
      let message = message(header, [UInt8](repeating: 7, count: count))
      let fits: Bool
      switch header.kind {
      case .begin, .end: fits = header.offset == 0 && total <= 1 << 20
      case .frame:
        let (sum, overflow) = header.offset.addingReportingOverflow(UInt64(count))
        fits = count > 0 && !overflow && sum <= total && total <= 1 << 20
      }
      #expect((wireError { () throws(WireError) in try read(message) } == nil) == fits, "\(header)")
      if fits { taken += 1 }
    }
    #expect(taken > 2000)
  }
}
