internal import Glibc

extension CommandFailure {
  /// Makes the failure of writing to standard output.
  ///
  /// - Parameter code: What the system said, an error number.
  /// - Returns: A failure with code `failed`; a reader that has gone is no news to whoever closed the pipe.
  package static func output(code: Int32) -> CommandFailure {
    switch code {
    case EPIPE, EBADF: CommandFailure(.failed, "Standard output was closed.")
    default:
      CommandFailure(.failed, "Cannot write to standard output: \(String(cString: strerror(code))).")
    }
  }
}
