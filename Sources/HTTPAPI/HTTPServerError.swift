public import Addresses

/// A server that could not be started.
public enum HTTPServerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Others could reach the address, and that was not asked for.
  case notLoopback(HostPort)
  /// Another process listens there.
  case addressInUse(HostPort)
  /// The system refused the address for another reason.
  case cannotListen(HostPort, reason: String)

  /// One sentence: what is wrong and what to do.
  public var description: String {
    switch self {
    case .notLoopback(let address):
      """
      \(address) can be reached from other machines and the HTTP port has neither encryption nor \
      passwords: listen on 127.0.0.1, or say --insecure if that is meant.
      """
    case .addressInUse(let address):
      "\(address) is in use by another process: stop that, or choose another port (0 takes any free one)."
    case .cannotListen(let address, let reason):
      "Cannot listen on \(address): \(reason)."
    }
  }
}
