#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A fixed block of zeroed memory, aligned to 64 bytes: what kernels compute in and sockets read from and write to.
///
/// The block belongs to one object and is freed with it. It is `Sendable` by a rule its holders keep: at any moment either one
/// task writes a given byte range or any number read it. Every holder in this package follows a hand-over
/// (fill, commit, then share read-only), so no lock is needed.
public final class AlignedBuffer: @unchecked Sendable {
  /// The alignment of the first byte: a cache line, and a full 512-bit vector.
  public static let alignment = 64

  /// The size of the block in bytes.
  public let byteCount: Int

  /// The first byte. Valid while this object lives.
  public let base: UnsafeMutableRawPointer
  private let isOwned: Bool

  /// Allocates a zeroed block.
  ///
  /// Every page is touched now, so that no later write costs a page fault.
  ///
  /// - Parameter byteCount: The size in bytes, zero or more. The caller has checked it against its own limits.
  /// - Throws: ``MemoryError/outOfMemory(byteCount:)`` when the system has no such block.
  public init(byteCount: Int) throws(MemoryError) {
    let rounded = (max(byteCount, 1) + Self.alignment - 1) / Self.alignment * Self.alignment
    var pointer: UnsafeMutableRawPointer?
    guard byteCount >= 0, posix_memalign(&pointer, Self.alignment, rounded) == 0, let pointer else {
      throw .outOfMemory(byteCount: byteCount)
    }
    pointer.initializeMemory(as: UInt8.self, repeating: 0, count: rounded)
    self.base = pointer
    self.byteCount = byteCount
    isOwned = true
  }

  /// Takes memory into use that someone else made and frees, later than this object's last use.
  ///
  /// - Parameter memory: The block; its first byte is aligned to ``alignment``.
  public init(lent memory: UnsafeMutableRawPointer, byteCount: Int) {
    base = memory
    self.byteCount = byteCount
    isOwned = false
  }

  deinit { if isOwned { free(base) } }

  /// The whole block for reading. Valid while this object lives.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }

  /// The whole block for writing. Valid while this object lives.
  public var mutableBytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: base, count: byteCount)
  }

  /// The block seen as elements of a trivial type, as many as fit whole.
  public func elements<Element: BitwiseCopyable>(
    of type: Element.Type
  ) -> UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(
      start: base.assumingMemoryBound(to: type), count: byteCount / MemoryLayout<Element>.stride)
  }
}

/// Memory that could not be had.
public enum MemoryError: Error, Hashable, CustomStringConvertible {
  /// The system refused a block of this many bytes.
  case outOfMemory(byteCount: Int)

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .outOfMemory(let count): "out of memory: a block of \(count) bytes was refused"
    }
  }
}
