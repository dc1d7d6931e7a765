internal import Glibc

/// The bytes of a file, mapped for reading and shared with whoever maps it too.
///
/// Sendable without checks because the pages are never written through this mapping and the only stored
/// property is a constant; the mapping lives as long as the object. Files are replaced by renaming, so a mapped
/// one stays whole.
final class RecordingFile: @unchecked Sendable {
  /// Valid while this object lives.
  let bytes: UnsafeRawBufferPointer

  init(path: String) throws(RecordingError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .unusable(path: path, reason: "it is no file") }
    let count = Int(status.st_size)
    guard count > 0 else { throw .damaged(path: path, reason: "it is empty") }
    guard let base = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED else {
      throw .system(path)
    }
    bytes = UnsafeRawBufferPointer(start: base, count: count)
  }

  /// Lends the bytes, and keeps them mapped meanwhile.
  func withBytes<Result, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(bytes)
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }

  /// The names of the files in a folder.
  static func names(in folder: String) throws(RecordingError) -> [String] {
    guard let directory = opendir(folder) else { throw .system(folder) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(
        withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      )
    }
    return names
  }
}
