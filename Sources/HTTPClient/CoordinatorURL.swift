internal import Addresses

/// The address at which a coordinator serves HTTP: `http://HOST:PORT`.
package struct CoordinatorURL: Hashable, Sendable, CustomStringConvertible {
  /// The address without a slash at its end.
  package let description: String

  /// Reads an address.
  ///
  /// - Parameter text: `http://HOST:PORT`, or `https://`; a slash at the end is dropped.
  /// - Throws: ``ClientError/malformedURL(_:)`` when the text is anything else.
  package init(parsing text: String) throws(ClientError) {
    var address = Substring(text)
    while address.hasSuffix("/") { address.removeLast() }
    let scheme = ["http://", "https://"].first { address.lowercased().hasPrefix($0) }
    guard let scheme else { throw .malformedURL(text) }
    let rest = address.dropFirst(scheme.count)
    let legal = rest.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    guard !rest.isEmpty, legal, !rest.hasPrefix(":"), !rest.contains(where: { "?#@\"<>".contains($0) }) else {
      throw .malformedURL(text)
    }
    // A port is behind the last colon, unless that is within the brackets of an IPv6 address.
    let authority = rest.prefix { $0 != "/" }
    if authority.last != "]", authority.contains(":") {
      guard let endpoint = try? HostPort(parsing: String(authority)), endpoint.port > 0 else {
        throw .malformedURL(text)
      }
    }
    self.description = String(address)
  }

  /// The address of a resource.
  ///
  /// - Parameters:
  ///   - path: Segments, in clear.
  ///   - query: Names and values, in clear; items without a value are left out.
  /// - Returns: A URL with both percent-encoded.
  func resource(_ path: [String], query: [(name: String, value: String?)] = []) -> String {
    let items = query.compactMap { item in
      item.value.map { "\(percentEncoded(item.name))=\(percentEncoded($0))" }
    }
    let tail = items.isEmpty ? "" : "?" + items.joined(separator: "&")
    return description + "/" + path.map(percentEncoded).joined(separator: "/") + tail
  }
}

/// Writes everything but unreserved characters as `%XX`.
private func percentEncoded(_ text: String) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  var bytes: [UInt8] = []
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      bytes.append(byte)
    default:
      bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}
