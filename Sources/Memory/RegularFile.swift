internal import Glibc
internal import SystemText

/// A regular file that is open for reading, read by copying: whatever happens to the file meanwhile is an
/// error, never a signal.
package final class RegularFile: Sendable {
  /// The path by which it was opened.
  package let path: String
  /// The stamp of the file when it was opened.
  package let stamp: FileStamp
  private let descriptor: Int32

  /// The size in bytes when it was opened, more than 0.
  package var byteCount: Int { stamp.byteCount }

  /// Opens a file without blocking: a pipe without a writer is refused like any other pipe.
  ///
  /// - Parameter path: The path.
  /// - Throws: ``FileError``.
  package init(path: String) throws(FileError) {
    let descriptor = SystemText.withBytes(path) { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
    // The error for a socket, and for a device without a driver.
    if descriptor < 0, errno == ENXIO { throw .notRegular }
    guard descriptor >= 0 else { throw .failed("open") }
    do throws(FileError) {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { throw .failed("examine") }
      switch status.st_mode & S_IFMT {
      case S_IFREG: break
      case S_IFDIR: throw .directory
      default: throw .notRegular
      }
      guard status.st_size > 0 else { throw .empty }
      stamp = FileStamp(status)
    } catch {
      close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Fills a buffer.
  ///
  /// - Parameters:
  ///   - destination: The buffer to fill.
  ///   - offset: The offset in the file of its first byte.
  /// - Throws: ``FileError/changed`` where the file has become shorter, ``FileError/system(step:reason:)``
  ///   where the system cannot read it.
  package func read(into destination: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
    guard let base = destination.baseAddress else { return }
    var done = 0
    while done < destination.count {
      let (place, overflow) = offset.addingReportingOverflow(done)
      guard !overflow, place >= 0 else { throw .changed }
      let count = pread(descriptor, base + done, destination.count - done, place)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .failed("read") }
      guard count > 0 else { throw .changed }
      done += count
    }
  }

  /// Checks that the path still names the file that was read, neither written to nor replaced.
  ///
  /// - Throws: ``FileError/changed``.
  package func checkUnchanged() throws(FileError) {
    guard FileStamp(descriptor: descriptor) == stamp, FileStamp(path: path) == stamp else { throw .changed }
  }

  /// Calls a function with the descriptor of the open file.
  func withDescriptor<Result>(_ body: (Int32) -> Result) -> Result { body(descriptor) }
}

/// The marks by which a change of a file is detected: its identity, its size, and the time of the last write.
package struct FileStamp: Hashable, Sendable {
  /// The size in bytes.
  package let byteCount: Int
  private let device: UInt64
  private let number: UInt64
  private let seconds: Int
  private let nanoseconds: Int

  /// The stamp of an open file now; nil if the system does not tell.
  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  /// The stamp of the file at a path now; nil if there is none.
  ///
  /// - Parameter path: The path.
  package init?(path: String) {
    var status = stat()
    guard SystemText.withBytes(path, { stat($0, &status) }) == 0 else { return nil }
    self.init(status)
  }

  /// True if both are of one file, whatever happened to it in between.
  func isSameFile(as other: FileStamp) -> Bool { device == other.device && number == other.number }

  fileprivate init(_ status: stat) {
    byteCount = Int(status.st_size)
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
    seconds = Int(status.st_mtim.tv_sec)
    nanoseconds = Int(status.st_mtim.tv_nsec)
  }
}

/// Why a file cannot be read or mapped: a value to act on and not a message, as only its user knows what the file is for.
package enum FileError: Error, Hashable {
  /// The system refused to open, examine, read or map it.
  case system(step: String, reason: String)
  /// It is a directory.
  case directory
  /// It is neither a directory nor a regular file.
  case notRegular
  /// It has no bytes.
  case empty
  /// It has changed since it was opened.
  case changed

  /// The system's error for a step, from `errno`.
  static func failed(_ step: String) -> FileError {
    .system(step: step, reason: String(cString: strerror(errno)))
  }
}
