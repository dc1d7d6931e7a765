internal import CommandLineSupport
internal import Glibc

/// Starts a thread that ends this process when its standard input ends. That happens when the process that
/// started it is gone, for whatever reason.
///
/// A worker holds nothing that needs to be saved, so it ends at once, whatever its lanes are doing.
func exitWithParent() throws {
  var thread = pthread_t()
  let failure = pthread_create(
    &thread,
    nil,
    { _ in
      var byte: UInt8 = 0
      while true {
        let count = read(STDIN_FILENO, &byte, 1)
        if count == 0 || (count < 0 && errno != EINTR) { _exit(CommandExit.interrupted.rawValue) }
      }
    },
    nil
  )
  guard failure == 0 else {
    throw CommandFailure(.failed, "Cannot watch the parent process: \(String(cString: strerror(failure))).")
  }
  pthread_detach(thread)
}
