internal import Glibc

/// Starts this program anew with the OpenMP settings that suit it, unless the environment has its own.
///
/// OpenMP's threads by default spin for a while when a product is done, on cores which the next attention
/// step needs: answers come slower that way. The setting is read from the environment before
/// `main`, so it has to be there when the program is loaded.
func restartWithQuietThreads() {
  guard getenv("OMP_WAIT_POLICY") == nil else { return }
  setenv("OMP_WAIT_POLICY", "passive", 1)
  var path = [CChar](repeating: 0, count: Int(PATH_MAX))
  // One byte stays free for the terminating zero.
  guard readlink("/proc/self/exe", &path, path.count - 1) > 0 else { return }
  // Returns only if it fails; then everything works as before, only slower.
  execv(path, CommandLine.unsafeArgv)
}
