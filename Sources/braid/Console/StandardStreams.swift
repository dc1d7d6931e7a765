internal import CommandLineSupport
internal import Glibc

/// Sees to it that the three standard streams are open, so that no file or socket takes the number of one that was
/// closed, and is written to as if it were that.
func keepStandardStreams() {
  for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) == -1 {
    // The lowest free number is taken, which is this one. Results cannot be written to a file that is open for
    // reading, which is how their loss is noticed; messages are lost.
    _ = open("/dev/null", stream == STDOUT_FILENO ? O_RDONLY : O_RDWR)
  }
}

/// Closes standard output, by which some file systems say at last that what was written did not fit.
///
/// - Throws: ``CommandFailure`` with what the system says.
func closeStandardOutput() throws(CommandFailure) {
  if close(STDOUT_FILENO) != 0, errno != EBADF { throw .output(code: errno) }
}

/// Writes a text whole.
///
/// - Returns: Nil, or the error number of the system.
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
          // Whoever shares the stream made it non-blocking.
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
