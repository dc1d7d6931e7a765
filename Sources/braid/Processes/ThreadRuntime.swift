internal import Glibc

/// Restarts this program with the OpenMP setting that suits it, unless the environment has its own.
///
/// By default OpenMP's threads spin for a while after a product, on cores that the next attention step needs,
/// which makes answers slower. OpenMP reads the setting before `main`, so it has to be there when the program
/// is loaded.
func restartWithQuietThreads() {
  guard getenv("OMP_WAIT_POLICY") == nil else { return }
  setenv("OMP_WAIT_POLICY", "passive", 1)
  var path = [CChar](repeating: 0, count: Int(PATH_MAX))
  // One byte stays free for the terminating zero.
  guard readlink("/proc/self/exe", &path, path.count - 1) > 0 else { return }
  // Returns only on failure. Then everything works, only slower.
  execv(path, CommandLine.unsafeArgv)
}
