package import APITypes
package import NIOHTTP1

/// The check of a request's head, before the request is passed on.
package struct RequestCheck: Sendable {
  /// A request that is not served.
  package struct Refusal: Hashable, Sendable {
    /// The status code of the answer.
    package var status: Int
    /// One sentence.
    package var message: String
    /// The code that programs are told.
    package var code: ServiceError.Code

    package init(_ status: Int, _ message: String, code: ServiceError.Code = .badInput) {
      self.status = status
      self.message = message
      self.code = code
    }
  }

  private let hosts: ServedHosts
  private let maximumDocumentBytes: Int
  private let maximumRequestBytes: Int

  /// Makes the check of a server.
  ///
  /// - Parameters:
  ///   - hosts: The names it serves.
  ///   - maximumDocumentBytes: The longest document that is accepted.
  ///   - maximumRequestBytes: The longest body that any other route accepts.
  package init(hosts: ServedHosts, maximumDocumentBytes: Int, maximumRequestBytes: Int) {
    self.hosts = hosts
    self.maximumDocumentBytes = maximumDocumentBytes
    self.maximumRequestBytes = maximumRequestBytes
  }

  /// Checks a request.
  ///
  /// - Parameters:
  ///   - head: Its head.
  ///   - port: The port on which it came.
  /// - Returns: The refusal; nil for a request that is served.
  package func refusal(of head: HTTPRequestHead, port: Int) -> Refusal? {
    let named = head.headers["host"]
    if named.isEmpty, head.version.isCurrent {
      return Refusal(
        400,
        "The request has no Host header: send one with the name and the port of this server."
      )
    }
    if named.count > 1 {
      return Refusal(400, "The request has \(named.count) Host headers: send one.")
    }
    if let host = named.first, !hosts.serves(host: host, port: port) {
      return Refusal(403, Self.sentence("Host", host), code: .unauthorised)
    }
    for origin in head.headers["origin"] where !hosts.serves(origin: origin, port: port) {
      return Refusal(403, Self.sentence("Origin", origin), code: .unauthorised)
    }
    if let expected = head.headers.first(name: "expect"), expected.lowercased() != "100-continue" {
      return Refusal(417, "The request expects \(quoted(expected)): only 100-continue is understood.")
    }
    return nil
  }

  /// True if the client waits for leave to send its body, and gets it.
  ///
  /// - Parameter head: The head of a request that is not refused. The routes refuse a body that is too long.
  /// - Returns: True if it is to be told to go on.
  package func isContinued(_ head: HTTPRequestHead) -> Bool {
    guard head.version.isCurrent, head.headers.first(name: "expect") != nil else { return false }
    let length = head.headers.first(name: "content-length").map { Int($0) ?? .max } ?? 0
    return length <= (head.uri.hasPrefix("/v1/documents") ? maximumDocumentBytes : maximumRequestBytes)
  }

  private static func sentence(_ header: String, _ value: String) -> String {
    "The request's \(header) is \(quoted(value)), and that is no name of this server: use the address that the "
      + "coordinator prints, or start it with --http-host and the name."
  }
}

extension HTTPVersion {
  /// True for HTTP/1.1 and newer versions.
  var isCurrent: Bool { (major, minor) >= (1, 1) }
}

/// A text from a client in quotation marks, cut where it is long, without control characters.
func quoted(_ text: String) -> String {
  let shown = text.unicodeScalars.prefix(80).map {
    $0.properties.generalCategory == .control ? "\u{FFFD}" : $0
  }
  return "\"" + String(String.UnicodeScalarView(shown)) + "\""
}
