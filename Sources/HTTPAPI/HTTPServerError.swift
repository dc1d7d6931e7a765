public import Addresses

/// An error in starting a server.
public enum HTTPServerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Other machines could reach the address, which was not allowed.
  case notLoopback(HostPort)
  /// Another process listens there.
  case addressInUse(HostPort)
  /// The system refused the address for another reason.
  case cannotListen(HostPort, reason: String)

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
