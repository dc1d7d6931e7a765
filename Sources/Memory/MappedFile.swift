internal import Glibc

/// The bytes of a file, mapped for reading.
///
/// The mapping is private and read-only. If another process truncates the file while it is mapped, the next
/// use of the bytes that are gone ends this process with SIGBUS. So call ``checkUnchanged()`` before each
/// use, and map only files that are replaced by renaming and not rewritten in place.
///
/// Sendable without checks because the pages are never written through this mapping and the only stored
/// properties are constants; the mapping lives as long as the object.
package final class MappedFile: @unchecked Sendable {
  /// The bytes of the file. Valid while this object lives.
  package let bytes: UnsafeRawBufferPointer
  /// The path by which it was opened.
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

  /// Checks that the mapped file was neither written to nor cut short. A file that was replaced by renaming,
  /// or removed, lives on while it is mapped.
  ///
  /// No file is held open for this: there may be thousands of mappings.
  ///
  /// - Throws: ``FileError/changed``.
  package func checkUnchanged() throws(FileError) {
    guard let now = FileStamp(path: path), now.isSameFile(as: stamp) else { return }
    guard now == stamp else { throw .changed }
  }

  /// Calls a function with the bytes, which stay mapped meanwhile.
  package func withBytes<Result, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(bytes)
  }
}
