internal import Glibc
internal import Memory
internal import SystemText

extension RecordingFolder {
  /// Maps a file of a folder.
  static func map(_ path: String) throws(RecordingError) -> MappedFile {
    do throws(FileError) {
      return try MappedFile(path: path)
    } catch {
      switch error {
      case .system(_, let reason): throw .unusable(path: path, reason: reason, cause: error)
      case .directory, .notRegular: throw .unusable(path: path, reason: "it is no file", cause: error)
      case .empty: throw .damaged(path: path, reason: "it is empty", cause: error)
      case .changed: throw .changed(path: path, cause: error)
      }
    }
  }
}

/// The names of a folder's entries, without itself and its parent.
///
/// - Throws: ``RecordingError`` when it cannot be read.
package func namesInFolder(_ path: String) throws(RecordingError) -> [String] {
  guard let directory = SystemText.withBytes(path, { opendir($0) }) else { throw .system(path) }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    names.append(
      withUnsafeBytes(of: entry.pointee.d_name) { SystemText.text($0.prefix { $0 != 0 }) }
    )
  }
  return names.filter { $0 != "." && $0 != ".." }
}
