#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The limit on the open files and connections of this process, and its distribution.
package enum DescriptorLimit {
  /// The most descriptors that are of use here; some programs iterate over all that are allowed.
  private static let most = 65_536

  /// The limit to request from the system.
  ///
  /// - Parameters:
  ///   - soft: The limit in force.
  ///   - hard: The most that may be requested.
  /// - Returns: The hard limit if it is higher, up to 65,536.
  package static func wanted(soft: Int, hard: Int) -> Int { max(soft, min(hard, most)) }

  /// The most HTTP connections, so that most descriptors are left for workers and files.
  ///
  /// - Parameter descriptors: The limit in force.
  /// - Returns: A quarter of it, from 8 to 1024.
  package static func httpConnections(descriptors: Int) -> Int { min(max(descriptors / 4, 8), 1024) }

  /// The most connections of workers. Each takes three descriptors; some are left for files.
  ///
  /// - Parameter descriptors: The limit in force.
  /// - Returns: A third of what HTTP and files leave, from 4 to 4096.
  package static func workerConnections(descriptors: Int) -> Int {
    min(max((descriptors - httpConnections(descriptors: descriptors) - 64) / 3, 4), 4096)
  }

  /// The most connections of workers under the limit in force.
  package static func workerConnections() -> Int { workerConnections(descriptors: inForce) }

  private static var inForce: Int {
    var limits = rlimit()
    return getrlimit(resource, &limits) == 0 ? Int(clamping: limits.rlim_cur) : 256
  }

  /// Raises the limit of this process as far as is of use.
  ///
  /// - Returns: The limit in force afterwards.
  @discardableResult
  package static func raise() -> Int {
    var limits = rlimit()
    guard getrlimit(resource, &limits) == 0 else { return 256 }
    let soft = Int(clamping: limits.rlim_cur)
    let wanted = wanted(soft: soft, hard: Int(clamping: limits.rlim_max))
    guard wanted > soft else { return soft }
    limits.rlim_cur = rlim_t(wanted)
    return setrlimit(resource, &limits) == 0 ? wanted : soft
  }

  /// The most HTTP connections under the limit in force.
  package static func httpConnections() -> Int { httpConnections(descriptors: inForce) }

  #if canImport(Glibc)
    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
  #else
    private static var resource: Int32 { RLIMIT_NOFILE }
  #endif
}
