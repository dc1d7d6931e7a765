/// The address that workers dial, and at which a coordinator listens.
///
/// `tcp://HOST:PORT` for any machine, `abstract://NAME` for processes of one machine, in Linux's abstract
/// namespace of sockets.
package enum CoordinatorAddress: Hashable, Sendable, CustomStringConvertible {
  /// A TCP port.
  case tcp(HostPort)
  /// A name that this machine knows.
  case abstract(String)
  /// A name that this process knows, for benchmarks and tests.
  case process(String)

  /// A free port that only this machine can reach.
  package static let freePort = CoordinatorAddress.tcp(HostPort(host: "127.0.0.1", port: 0))

  /// Reads an address.
  ///
  /// - Parameter text: An address such as `tcp://127.0.0.1:7700`, `tcp://[::1]:7700` or `abstract://braid`.
  /// - Throws: ``AddressError`` for anything else.
  package init(parsing text: String) throws(AddressError) {
    guard let separator = text.firstRange(of: "://") else {
      throw AddressError(
        .malformed,
        "\"\(text)\" is no address for workers: write tcp://HOST:PORT, for example tcp://127.0.0.1:7700"
      )
    }
    let scheme = text[..<separator.lowerBound]
    let rest = String(text[separator.upperBound...])
    switch scheme {
    case "tcp":
      do {
        self = .tcp(try HostPort(parsing: rest))
      } catch {
        throw AddressError(
          .malformed,
          "\"\(text)\" is no address for workers: write tcp://HOST:PORT, for example tcp://127.0.0.1:7700 or tcp://[::1]:7700"
        )
      }
    case "abstract", "inproc":
      // The system allows names of 107 bytes, and the coordinator's own sockets append some.
      guard 1...64 ~= rest.utf8.count, rest.utf8.allSatisfy(Self.isAllowed) else {
        throw AddressError(
          .malformed,
          "\"\(text)\" is no address for workers: a name has 1 to 64 letters, digits, dots, hyphens and underscores"
        )
      }
      self = scheme == "abstract" ? .abstract(rest) : .process(rest)
    case "tls+tcp":
      throw AddressError(
        .encrypted,
        "\"\(text)\" asks for encryption, which there is none of yet: write tcp://HOST:PORT"
      )
    default:
      throw AddressError(
        .unknownTransport,
        "\"\(text)\" is no address for workers: it must begin with tcp:// or abstract://"
      )
    }
  }

  /// True if only this machine can reach it.
  package var isLoopback: Bool {
    if case .tcp(let address) = self { address.isLoopback } else { true }
  }

  /// True if only this process knows it.
  package var isWithinProcess: Bool {
    if case .process = self { true } else { false }
  }

  /// Returns the address for chunks, given the port that the coordinator names for them.
  ///
  /// - Parameter port: The port; 0 for the one that was dialled.
  /// - Returns: The address; nil for a port that such an address cannot have.
  package func bulk(port: UInt32) -> CoordinatorAddress? {
    if case .process(let name) = self { return .process(name + ".bulk") }
    guard port > 0 else { return self }
    guard case .tcp(var endpoint) = self, let port = UInt16(exactly: port) else { return nil }
    endpoint.port = port
    return .tcp(endpoint)
  }

  /// The address as ``init(parsing:)`` and libnng read it.
  package var description: String {
    switch self {
    case .tcp(let address): "tcp://\(address)"
    case .abstract(let name): "abstract://\(name)"
    case .process(let name): "inproc://\(name)"
    }
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
