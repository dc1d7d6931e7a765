/// An error in talking to a coordinator. Errors that the coordinator reports arrive as `ServiceError`.
public enum ClientError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text is not the address of a coordinator.
  case malformedURL(String)
  /// No connection was made, or no reply came.
  case unreachable(url: String, reason: String)
  /// The server does not speak HTTP.
  case noHTTP(url: String)
  /// The connection broke in the middle of a reply.
  case connectionLost(url: String, reason: String)
  /// The reply is not that of a coordinator.
  case unexpectedReply(String)

  public var description: String {
    switch self {
    case .malformedURL(let text):
      "\"\(text)\" is no address of a coordinator: write http://HOST:PORT, for example http://127.0.0.1:8080."
    case .unreachable(let url, let reason):
      """
      Cannot reach a coordinator at \(url) (\(reason)): start one with `braid coordinator`, or name another \
      with --coordinator.
      """
    case .noHTTP(let url):
      """
      What answers at \(url) does not speak HTTP: name the coordinator's HTTP address, by default \
      http://127.0.0.1:8080; the port that workers dial is another.
      """
    case .connectionLost(let url, let reason):
      """
      The connection to the coordinator at \(url) was lost (\(reason)): see whether it still runs, then try \
      again.
      """
    case .unexpectedReply(let what):
      "The reply is not that of a coordinator (\(what)): see whether --coordinator names the right port."
    }
  }
}
