internal import CKernels

/// CRC-32C, as in iSCSI and ext4.
public enum Checksum {
  /// Computes the checksum of some bytes.
  ///
  /// - Parameters:
  ///   - bytes: The bytes.
  ///   - previous: The checksum of the bytes before them, 0 without.
  /// - Returns: The checksum of all bytes up to here.
  public static func crc32c(_ bytes: UnsafeRawBufferPointer, after previous: UInt32 = 0) -> UInt32 {
    braid_crc32c(previous, bytes.baseAddress, bytes.count)
  }

  /// Copies bytes and computes their checksum on the way, which costs less than one after the other.
  ///
  /// - Parameters:
  ///   - bytes: The bytes.
  ///   - destination: Where they go; it has room for all of them and does not overlap them.
  /// - Returns: The checksum of what was copied, nil when there is no room and nothing was.
  public static func crc32c(
    _ bytes: UnsafeRawBufferPointer,
    copyingTo destination: UnsafeMutableRawBufferPointer
  ) -> UInt32? {
    guard destination.count >= bytes.count else { return nil }
    return braid_crc32c_copy(0, destination.baseAddress, bytes.baseAddress, bytes.count)
  }
}

/// A digest over all frames of a chunk: both sides compute it and compare at the end.
///
/// It covers each frame's offset, length and checksum, in the order of the offsets, so that a frame left out,
/// doubled or put in the wrong place shows.
public struct FrameDigest: Hashable, Sendable {
  /// The digest of the frames so far.
  public private(set) var value: UInt32 = 0

  /// Makes the digest of no frames.
  public init() {}

  /// Adds the next frame.
  ///
  /// - Parameters:
  ///   - offset: Where its payload begins in the chunk.
  ///   - length: The payload's length in bytes.
  ///   - checksum: The payload's CRC-32C.
  public mutating func add(offset: UInt64, length: UInt32, checksum: UInt32) {
    withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { buffer in
      buffer.storeBytes(of: offset.littleEndian, toByteOffset: 0, as: UInt64.self)
      buffer.storeBytes(of: length.littleEndian, toByteOffset: 8, as: UInt32.self)
      buffer.storeBytes(of: checksum.littleEndian, toByteOffset: 12, as: UInt32.self)
      value = Checksum.crc32c(UnsafeRawBufferPointer(buffer), after: value)
    }
  }
}
