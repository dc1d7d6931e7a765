internal import Glibc

/// The bytes of a file, mapped for reading.
///
/// The mapping is private and read-only. Another process that truncates the file while it is mapped ends this
/// one with SIGBUS at the next use of what is gone: ask ``checkUnchanged()`` before each use, and map only what is
/// replaced by renaming, not rewritten in place.
///
/// Sendable without checks because the pages are never written through this mapping and the only stored
/// properties are constants; the mapping lives as long as the object.
package final class MappedFile: @unchecked Sendable {
  /// Valid while this object lives.
  package let bytes: UnsafeRawBufferPointer
  /// The path it was opened by.
  package let path: String
  private let stamp: FileStamp

  /// Maps a file.
  ///
  /// - Throws: ``FileError``.
  package init(path: String) throws(FileError) {
    let file = try RegularFile(path: path)
    let base = file.withDescriptor { mmap(nil, file.byteCount, PROT_READ, MAP_PRIVATE, $0, 0) }
    guard let base, base != MAP_FAILED else { throw .failed("map") }
    self.path = path
    stamp = file.stamp
    bytes = UnsafeRawBufferPointer(start: base, count: file.byteCount)
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }

  /// Makes sure that nobody has written to what was mapped or cut it short. A file that was replaced by renaming, or
  /// removed, lives on while it is mapped.
  ///
  /// No file is held open for this: there may be thousands of mappings.
  ///
  /// - Throws: ``FileError/changed``.
  package func checkUnchanged() throws(FileError) {
    guard let now = FileStamp(path: path), now.isSameFile(as: stamp) else { return }
    guard now == stamp else { throw .changed }
  }

  /// Lends the bytes, and keeps them mapped meanwhile.
  package func withBytes<Result, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(bytes)
  }
}
