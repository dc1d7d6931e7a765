/// A host and a port, as people write them: `HOST:PORT`, or `[IPV6]:PORT`.
package struct HostPort: Hashable, Sendable, CustomStringConvertible {
  /// A host name or a numeric address, without brackets.
  package var host: String
  /// The port; with 0 a server listens at any free one.
  package var port: UInt16

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads `HOST:PORT`.
  ///
  /// - Parameter text: An address such as `127.0.0.1:8080` or `[::1]:0`.
  /// - Throws: ``AddressError`` when the text is anything else.
  package init(parsing text: String) throws(AddressError) {
    let malformed = AddressError(
      .malformed,
      "\"\(text)\" is no address: write HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080"
    )
    guard let colon = text.lastIndex(of: ":") else { throw malformed }
    var host = text[..<colon]
    let digits = text[text.index(after: colon)...]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      guard host.contains(":") else { throw malformed }
    } else if host.contains(":") {
      throw malformed
    }
    guard !host.isEmpty, host.utf8.allSatisfy(Self.isAllowed), !digits.isEmpty,
      digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let port = UInt16(digits)
    else { throw malformed }
    self.init(host: String(host), port: port)
  }

  /// True if only this machine can reach it.
  package var isLoopback: Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// True if it stands for all addresses of this machine.
  package var isEverywhere: Bool { host == "0.0.0.0" || host == "::" }

  /// The address as ``init(parsing:)`` reads it.
  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Returns true for letters, digits and the other characters of names, IPv6 addresses and their zones.
  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: ":"), UInt8(ascii: "%"):
      true
    default: false
    }
  }
}
