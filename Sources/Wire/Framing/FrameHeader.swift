/// The kind of a message on the bulk socket.
package enum FrameKind: UInt8, CaseIterable, Sendable {
  /// The worker asks to send a chunk; the body is a ``BeginRequest``.
  case begin = 1
  /// Bytes of the chunk's coded KV cache and its summary.
  case frame = 2
  /// All bytes are sent; the body is an ``EndRequest``.
  case end = 3
}

/// The sizes that a receiver of frames has agreed to.
package struct FrameLimits: Hashable, Sendable {
  /// The most payload bytes of a frame.
  package var frameBytes: Int
  /// The most bytes of a chunk's KV cache and its summary.
  package var chunkBytes: Int

  /// Makes limits; sizes are cut to what the protocol allows.
  ///
  /// - Parameters:
  ///   - frameBytes: The most payload bytes of a frame.
  ///   - chunkBytes: The most bytes of a chunk's KV cache and its summary.
  package init(
    frameBytes: Int,
    chunkBytes: Int
  ) {
    self.frameBytes = max(0, min(frameBytes, WireProtocol.frameBytes.upperBound))
    self.chunkBytes = max(0, min(chunkBytes, WireProtocol.maximumChunkBytes))
  }
}

/// The first 60 bytes of every message on the bulk socket; the body follows.
///
/// All numbers little-endian, the job's identifier most significant byte first:
///
/// | bytes | field |
/// | --- | --- |
/// | 0, 2 | the letters `BR` |
/// | 2, 1 | version |
/// | 3, 1 | kind |
/// | 4, 4 | chunk index |
/// | 8, 16 | job |
/// | 24, 8 | fencing token of the lease |
/// | 32, 8 | offset of the payload in the chunk's bytes; 0 except for frames |
/// | 40, 8 | number of the chunk's bytes: its coded KV cache and its summary |
/// | 48, 4 | length of the body in bytes |
/// | 52, 4 | CRC-32C of the body |
/// | 56, 4 | CRC-32C of bytes 0 to 55 |
///
/// 60 is 12 mod 16: NNG delivers received bodies at 4 mod 16, so the payload is at a multiple of 16.
package struct FrameHeader: Hashable, Sendable {
  /// The length of a header in bytes.
  package static let byteCount = 60

  /// The kind of the message.
  package var kind: FrameKind
  /// The job.
  package var job: UInt128
  /// The chunk's index in its job.
  package var chunk: UInt32
  /// The fencing token of the lease.
  package var token: UInt64
  /// The offset of the payload in the chunk's coded KV cache and summary, in bytes.
  package var offset: UInt64
  /// The number of bytes of the chunk's coded KV cache and summary.
  package var total: UInt64
  /// The length of the body in bytes.
  package var length: UInt32
  /// The CRC-32C of the body.
  package var checksum: UInt32

  package init(
    kind: FrameKind,
    job: UInt128,
    chunk: UInt32,
    token: UInt64,
    offset: UInt64 = 0,
    total: UInt64,
    length: UInt32 = 0,
    checksum: UInt32 = 0
  ) {
    self.kind = kind
    self.job = job
    self.chunk = chunk
    self.token = token
    self.offset = offset
    self.total = total
    self.length = length
    self.checksum = checksum
  }

  private static let magic: UInt16 = 0x5242

  /// Reads and checks the header of a whole message.
  ///
  /// Nothing is allocated, and no byte outside of `message` is read. ``checkBody(of:)`` checks the body's own
  /// checksum.
  ///
  /// - Parameters:
  ///   - message: The message: header and body.
  ///   - limits: The agreed sizes.
  /// - Throws: ``WireError`` for the first field that is wrong.
  package init(reading message: UnsafeRawBufferPointer, limits: FrameLimits) throws(WireError) {
    func load<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type, _ offset: Int) -> Number {
      Number(littleEndian: message.loadUnaligned(fromByteOffset: offset, as: type))
    }
    guard message.count >= Self.byteCount, load(UInt16.self, 0) == Self.magic else { throw .notAFrame }
    guard load(UInt32.self, 56) == Checksum.crc32c(UnsafeRawBufferPointer(rebasing: message[..<56])) else {
      throw .headerDamaged
    }
    let version = UInt32(load(UInt8.self, 2))
    guard version == WireProtocol.version else {
      throw .protocolVersion(theirs: version, ours: WireProtocol.version)
    }
    guard let kind = FrameKind(rawValue: load(UInt8.self, 3)) else {
      throw .outOfRange(field: "frame kind", value: UInt64(load(UInt8.self, 3)), limit: 3)
    }
    self.init(
      kind: kind,
      job: load(UInt128.self, 8).byteSwapped,
      chunk: load(UInt32.self, 4),
      token: load(UInt64.self, 24),
      offset: load(UInt64.self, 32),
      total: load(UInt64.self, 40),
      length: load(UInt32.self, 48),
      checksum: load(UInt32.self, 52)
    )
    try check(bodyBytes: message.count - Self.byteCount, limits)
  }

  /// Writes the header.
  ///
  /// - Parameter destination: At least ``byteCount`` bytes; a smaller one is left unchanged.
  /// - Returns: True if the header was written.
  @discardableResult
  package func write(to destination: UnsafeMutableRawBufferPointer) -> Bool {
    guard destination.count >= Self.byteCount else { return false }
    func store(_ number: some FixedWidthInteger & BitwiseCopyable, _ offset: Int) {
      destination.storeBytes(of: number.littleEndian, toByteOffset: offset, as: type(of: number))
    }
    store(Self.magic, 0)
    store(UInt8(truncatingIfNeeded: WireProtocol.version), 2)
    store(kind.rawValue, 3)
    store(chunk, 4)
    store(job.byteSwapped, 8)
    store(token, 24)
    store(offset, 32)
    store(total, 40)
    store(length, 48)
    store(checksum, 52)
    store(Checksum.crc32c(UnsafeRawBufferPointer(rebasing: destination[..<56])), 56)
    return true
  }

  /// Returns the body of a message with a header.
  package static func body(of message: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: message.dropFirst(byteCount))
  }

  /// Checks the body against the header's checksum.
  ///
  /// - Parameter message: The message that this header was read from.
  /// - Throws: ``WireError/payloadDamaged(expected:actual:)``.
  package func checkBody(of message: UnsafeRawBufferPointer) throws(WireError) {
    let actual = Checksum.crc32c(Self.body(of: message))
    guard actual == checksum else { throw .payloadDamaged(expected: checksum, actual: actual) }
  }

  private func check(bodyBytes: Int, _ limits: FrameLimits) throws(WireError) {
    guard UInt64(length) == UInt64(bodyBytes) else {
      throw .outOfRange(field: "frame length", value: UInt64(length), limit: UInt64(bodyBytes))
    }
    guard total <= UInt64(limits.chunkBytes) else {
      throw .outOfRange(field: "chunk size in bytes", value: total, limit: UInt64(limits.chunkBytes))
    }
    switch kind {
    case .begin, .end:
      guard bodyBytes <= WireProtocol.maximumBulkMessageBytes else {
        throw .tooLarge(what: "bulk message", bytes: bodyBytes, limit: WireProtocol.maximumBulkMessageBytes)
      }
      guard offset == 0 else { throw .outOfRange(field: "offset", value: offset, limit: 0) }
    case .frame:
      guard 1...max(1, limits.frameBytes) ~= bodyBytes else {
        throw .outOfRange(field: "frame length", value: UInt64(bodyBytes), limit: UInt64(limits.frameBytes))
      }
      guard offset <= total, UInt64(bodyBytes) <= total - offset else {
        throw .outOfRange(field: "offset", value: offset, limit: total)
      }
    }
  }
}
