internal import Glibc

/// The bytes of a file, mapped for reading.
///
/// The mapping is private and read-only. Another process that truncates the file while it is mapped ends this
/// one with SIGBUS: files that are mapped are replaced by renaming, not rewritten in place.
///
/// Sendable without checks because the pages are never written through this mapping and the only stored
/// properties are constants; the mapping lives as long as the object.
package final class MappedFile: @unchecked Sendable {
  /// Valid while this object lives.
  package let bytes: UnsafeRawBufferPointer

  /// Maps a file.
  ///
  /// - Throws: ``MappingError``.
  package init(path: String) throws(MappingError) {
    func failure(_ step: String) -> MappingError {
      .system(step: step, reason: String(cString: strerror(errno)))
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("examine") }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw .directory
    default: throw .notRegular
    }
    guard status.st_size > 0 else { throw .empty }
    let count = Int(status.st_size)
    guard let base = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
      throw failure("map")
    }
    bytes = UnsafeRawBufferPointer(start: base, count: count)
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }

  /// Lends the bytes, and keeps them mapped meanwhile.
  package func withBytes<Result, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(bytes)
  }
}

/// Why a file cannot be mapped.
package enum MappingError: Error, Hashable {
  /// The system refused to open, examine or map it.
  case system(step: String, reason: String)
  /// It is a directory.
  case directory
  /// It is neither a directory nor a regular file.
  case notRegular
  /// It has no bytes.
  case empty
}
