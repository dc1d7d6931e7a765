internal import Failures

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A fixed block of memory, aligned to 64 bytes, in which kernels compute and which sockets read and write.
///
/// The block belongs to one object and is freed with it. It is `Sendable` by a rule its holders keep: at any
/// moment either one task writes a given byte range or any number read it. Every holder in this package
/// follows a hand-over (fill, commit, then share read-only), so no lock is needed.
package final class AlignedBuffer: @unchecked Sendable {
  /// The alignment of the first byte: a cache line, and a full 512-bit vector.
  package static let alignment = 64

  /// The size of the block in bytes.
  package let byteCount: Int

  /// The first byte. Valid while this object lives.
  package let base: UnsafeMutableRawPointer

  private enum Origin {
    case heap
    case mapping(byteCount: Int)
    case pool(BlockPool, mapped: Int)
    case lent
  }

  /// The size from which a block is a mapping of its own, in huge pages where the system has them.
  package static let smallestMapping = 4 << 20
  /// The size of a huge page, of which mappings consist.
  package static let pageByteCount = 2 << 20
  private let origin: Origin

  /// Allocates a zeroed block.
  ///
  /// A large block comes straight from the system, in huge pages where it has them: caches of many megabytes
  /// are made all the time, and small pages would cost a fault for every 4 KiB.
  ///
  /// - Parameter byteCount: The size in bytes, zero or more. The caller has checked it against its own
  ///   limits.
  /// - Throws: ``MemoryError/outOfMemory(byteCount:)`` when the system has no such block.
  package init(byteCount: Int) throws(MemoryError) {
    guard byteCount >= 0, byteCount < Int.max / 2 else { throw .outOfMemory(byteCount: byteCount) }
    if let mapped = Self.mappedByteCount(for: byteCount) {
      base = try Self.map(byteCount: mapped)
      origin = .mapping(byteCount: mapped)
    } else {
      let rounded = (max(byteCount, 1) + Self.alignment - 1) / Self.alignment * Self.alignment
      var pointer: UnsafeMutableRawPointer?
      guard posix_memalign(&pointer, Self.alignment, rounded) == 0, let pointer else {
        throw .outOfMemory(byteCount: byteCount)
      }
      pointer.initializeMemory(as: UInt8.self, repeating: 0, count: rounded)
      base = pointer
      origin = .heap
    }
    self.byteCount = byteCount
  }

  /// Wraps a block of a pool.
  init(of pool: BlockPool, base: UnsafeMutableRawPointer, mapped: Int, byteCount: Int) {
    self.base = base
    self.byteCount = byteCount
    origin = .pool(pool, mapped: mapped)
  }

  /// Wraps memory that someone else made and frees, later than this object's last use.
  ///
  /// - Parameters:
  ///   - memory: The block; its first byte is aligned to ``alignment``.
  ///   - byteCount: Its size in bytes.
  package init(lent memory: UnsafeMutableRawPointer, byteCount: Int) {
    base = memory
    self.byteCount = byteCount
    origin = .lent
  }

  deinit {
    switch origin {
    case .heap: free(base)
    case .mapping(let byteCount): Self.unmap(base, byteCount: byteCount)
    case .pool(let pool, let mapped): pool.giveBack(base, byteCount: mapped)
    case .lent: break
    }
  }

  /// The bytes to map for a block that is large enough to come straight from the system; nil for another.
  static func mappedByteCount(for byteCount: Int) -> Int? {
    guard byteCount >= smallestMapping, byteCount < Int.max / 2 else { return nil }
    return (byteCount + pageByteCount - 1) / pageByteCount * pageByteCount
  }

  /// Maps zeroed memory, in huge pages where the system has them.
  static func map(byteCount: Int) throws(MemoryError) -> UnsafeMutableRawPointer {
    let pointer = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let pointer, pointer != MAP_FAILED else { throw .outOfMemory(byteCount: byteCount) }
    // Advice: a system without huge pages ignores it.
    _ = madvise(pointer, byteCount, MADV_HUGEPAGE)
    return pointer
  }

  static func unmap(_ base: UnsafeMutableRawPointer, byteCount: Int) { munmap(base, byteCount) }

  /// The whole block for reading. Valid while this object lives.
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }

  /// The whole block for writing. Valid while this object lives.
  package var mutableBytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: base, count: byteCount)
  }

  /// The block seen as elements of a trivial type, as many as fit whole.
  package func elements<Element: BitwiseCopyable>(
    of type: Element.Type
  ) -> UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(
      start: base.assumingMemoryBound(to: type),
      count: byteCount / MemoryLayout<Element>.stride
    )
  }
}

/// Memory that could not be had.
package struct MemoryError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// The system refused a block.
    case outOfMemory
  }

  /// The kind of the failure.
  package let code: Code
  /// One sentence for a person.
  package let message: String

  /// The system refused a block of this many bytes.
  package static func outOfMemory(byteCount: Int) -> MemoryError {
    MemoryError(code: .outOfMemory, message: "out of memory: a block of \(byteCount) bytes was refused")
  }
}
