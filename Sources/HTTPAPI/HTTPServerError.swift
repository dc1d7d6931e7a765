/// A server that could not be started.
public enum HTTPServerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text is no `HOST:PORT`.
  case malformedAddress(String)
  /// Others could reach the address, and that was not asked for.
  case notLoopback(ListenAddress)
  /// Another process listens there.
  case addressInUse(ListenAddress)
  /// The system refused the address for another reason.
  case cannotListen(ListenAddress, reason: String)

  /// One sentence: what is wrong and what to do.
  public var description: String {
    switch self {
    case .malformedAddress(let text):
      "\"\(text)\" is no address to listen on: write HOST:PORT, for example 127.0.0.1:8080."
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
