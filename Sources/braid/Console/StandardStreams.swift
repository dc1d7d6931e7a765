internal import CommandLineSupport
internal import Glibc

/// Opens the standard streams that are closed. Otherwise a file or socket would take the number of one, and
/// would be written to in its place.
func keepStandardStreams() {
  for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) == -1 {
    // The lowest free number is taken, which is this one. Results cannot be written to a file that is open
    // for reading, so their loss is noticed. Messages are lost.
    _ = open("/dev/null", stream == STDOUT_FILENO ? O_RDONLY : O_RDWR)
  }
}

/// Closes standard output. Some file systems say only then that the data did not fit.
///
/// - Throws: ``CommandFailure`` with the system's words.
func closeStandardOutput() throws(CommandFailure) {
  if close(STDOUT_FILENO) != 0, errno != EBADF { throw .output(code: errno) }
}

/// Writes a whole text.
///
/// - Returns: Nil on success, else the system's error number.
func write(_ text: String, to descriptor: Int32) -> Int32? {
  var text = text
  return text.withUTF8 { bytes in
    var rest = UnsafeRawBufferPointer(bytes)
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        switch errno {
        case EINTR: continue
        case EAGAIN:
          // Some process that shares the stream has made it non-blocking.
          var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&room, 1, 1000)
          continue
        default: return errno
        }
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return nil
  }
}
