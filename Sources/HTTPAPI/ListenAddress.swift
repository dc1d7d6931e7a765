/// Where a server listens: `HOST:PORT`, `[IPV6]:PORT`; port 0 takes any free one.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
  /// A host name or a numeric address, without brackets.
  public var host: String
  /// The port, 0 to 65535.
  public var port: Int

  /// An address from its parts.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads `HOST:PORT`.
  ///
  /// - Parameter text: For example `127.0.0.1:8080` or `[::1]:0`.
  /// - Throws: ``HTTPServerError/malformedAddress(_:)`` when the text is anything else.
  public init(parsing text: String) throws(HTTPServerError) {
    guard let colon = text.lastIndex(of: ":") else { throw .malformedAddress(text) }
    var host = text[..<colon]
    let digits = text[text.index(after: colon)...]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      throw .malformedAddress(text)
    }
    let allowed = host.utf8.allSatisfy { byte in
      byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "[")
        && byte != UInt8(ascii: "]")
    }
    guard
      !host.isEmpty, allowed, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let port = Int(digits), (0...65535).contains(port)
    else { throw .malformedAddress(text) }
    self.init(host: String(host), port: port)
  }

  /// Whether only this machine can reach it.
  public var isLoopback: Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// Whether it stands for all addresses of this machine.
  var isEverywhere: Bool { host == "0.0.0.0" || host == "::" }

  /// The address as ``init(parsing:)`` reads it.
  public var description: String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
