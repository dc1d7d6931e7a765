internal import Glibc
internal import SystemText

/// A regular file that is open for reading, read by copying: whatever happens to the file meanwhile is an error,
/// never a signal.
package final class RegularFile: Sendable {
  /// The path it was opened by.
  package let path: String
  /// What it was when it was opened.
  package let stamp: FileStamp
  private let descriptor: Int32

  /// The size in bytes when it was opened, more than 0.
  package var byteCount: Int { stamp.byteCount }

  /// Opens a file, without waiting for anything: a pipe without a writer is refused like any other pipe.
  ///
  /// - Parameter path: The path.
  /// - Throws: ``FileError``.
  package init(path: String) throws(FileError) {
    let descriptor = SystemText.withBytes(path) { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
    // The answer to a socket, and to a device without a driver.
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
  ///   - destination: What is filled.
  ///   - offset: The place in the file of its first byte.
  /// - Throws: ``FileError/changed`` where the file has become shorter, ``FileError/system(step:reason:)`` where
  ///   the system cannot read it.
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

  /// Makes sure that what was read is what the path still names: the same file, neither written to nor replaced.
  ///
  /// - Throws: ``FileError/changed``.
  package func checkUnchanged() throws(FileError) {
    guard FileStamp(descriptor: descriptor) == stamp, FileStamp(path: path) == stamp else { throw .changed }
  }

  /// Lends the open file to a call of the system.
  func withDescriptor<Result>(_ body: (Int32) -> Result) -> Result { body(descriptor) }
}

/// By what one tells that a file has changed: which file it is, its size, and when it was last written to.
package struct FileStamp: Hashable, Sendable {
  /// The size in bytes.
  package let byteCount: Int
  private let device: UInt64
  private let number: UInt64
  private let seconds: Int
  private let nanoseconds: Int

  /// What an open file is now; nil where the system does not tell.
  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  /// What a path names now; nil where it names nothing.
  init?(path: String) {
    var status = stat()
    guard SystemText.withBytes(path, { stat($0, &status) }) == 0 else { return nil }
    self.init(status)
  }

  /// Whether both are of one file, whatever happened to it between.
  func isSameFile(as other: FileStamp) -> Bool { device == other.device && number == other.number }

  fileprivate init(_ status: stat) {
    byteCount = Int(status.st_size)
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
    seconds = Int(status.st_mtim.tv_sec)
    nanoseconds = Int(status.st_mtim.tv_nsec)
  }
}

/// Why a file cannot be read or mapped.
package enum FileError: Error, Hashable {
  /// The system refused to open, examine, read or map it.
  case system(step: String, reason: String)
  /// It is a directory.
  case directory
  /// It is neither a directory nor a regular file.
  case notRegular
  /// It has no bytes.
  case empty
  /// It is no longer what it was when it was opened.
  case changed

  /// What the system just said about a step.
  static func failed(_ step: String) -> FileError {
    .system(step: step, reason: String(cString: strerror(errno)))
  }
}
