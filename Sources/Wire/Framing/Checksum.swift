internal import CKernels

/// CRC-32C, as in iSCSI and ext4.
package enum Checksum {
  /// Computes the checksum of some bytes.
  ///
  /// - Parameters:
  ///   - bytes: The bytes.
  ///   - previous: The checksum of the bytes before them, 0 if there are none.
  /// - Returns: The checksum of all bytes up to here.
  package static func crc32c(_ bytes: UnsafeRawBufferPointer, after previous: UInt32 = 0) -> UInt32 {
    braid_crc32c(previous, bytes.baseAddress, bytes.count)
  }

  /// Copies bytes and computes their checksum in one pass, which costs less than two.
  ///
  /// - Parameters:
  ///   - bytes: The bytes.
  ///   - destination: The memory for the copy, at least as large as `bytes`, which it does not overlap.
  /// - Returns: The checksum of the copy; nil when the destination is too small and nothing was copied.
  package static func crc32c(
    _ bytes: UnsafeRawBufferPointer,
    copyingTo destination: UnsafeMutableRawBufferPointer
  ) -> UInt32? {
    guard destination.count >= bytes.count else { return nil }
    return braid_crc32c_copy(0, destination.baseAddress, bytes.baseAddress, bytes.count)
  }
}

/// A digest over all frames of a chunk: both sides compute it, and compare at the end.
///
/// It covers each frame's offset, length and checksum, in the order of the offsets, so it detects a frame
/// that is missing, doubled or in the wrong place.
package struct FrameDigest: Hashable, Sendable {
  /// The digest of the frames so far.
  package private(set) var value: UInt32 = 0

  /// Makes the digest of no frames.
  package init() {}

  /// Adds the next frame.
  ///
  /// - Parameters:
  ///   - offset: The offset of its payload in the chunk.
  ///   - length: The payload's length in bytes.
  ///   - checksum: The payload's CRC-32C.
  package mutating func add(offset: UInt64, length: UInt32, checksum: UInt32) {
    withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { buffer in
      buffer.storeBytes(of: offset.littleEndian, toByteOffset: 0, as: UInt64.self)
      buffer.storeBytes(of: length.littleEndian, toByteOffset: 8, as: UInt32.self)
      buffer.storeBytes(of: checksum.littleEndian, toByteOffset: 12, as: UInt32.self)
      value = Checksum.crc32c(UnsafeRawBufferPointer(buffer), after: value)
    }
  }
}
