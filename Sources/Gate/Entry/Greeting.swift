/// The eight bytes with which both ends of a connection of NNG's begin: a zero, the letters `SP`, a zero, the
/// number of the protocol, most significant byte first, and two zeros (SP over TCP, RFC sp-tcp-mapping-01).
package enum Greeting {
  /// The length of a greeting in bytes.
  package static let byteCount = 8

  /// The role of one end.
  package enum Role: UInt8, Sendable {
    /// It sends requests, as workers do.
    case request = 0x30
    /// It answers them, as coordinators do.
    case reply = 0x31
  }

  /// The meaning of the first bytes from a peer.
  package enum Reading: Hashable, Sendable {
    /// The beginning of a greeting.
    case incomplete
    /// A whole greeting.
    case role(Role)
    /// No greeting of a peer that can be served.
    case stranger(Stranger)
  }

  /// Returns the greeting of a role.
  package static func bytes(_ role: Role) -> [UInt8] { [0, 0x53, 0x50, 0, 0, role.rawValue, 0, 0] }

  /// Reads the first bytes from a peer; those behind a greeting do not matter.
  ///
  /// - Parameter bytes: All bytes so far.
  /// - Returns: Their meaning, as soon as it is certain.
  package static func read(_ bytes: some Collection<UInt8>) -> Reading {
    let head = bytes.prefix(byteCount)
    for (index, (byte, wanted)) in zip(head, Self.bytes(.request)).enumerated()
    where index != 5 && byte != wanted {
      return .stranger(Stranger(recognising: bytes))
    }
    guard head.count > 5 else { return .incomplete }
    guard let role = head.dropFirst(5).first.flatMap(Role.init) else { return .stranger(.otherProtocol) }
    return head.count == byteCount ? .role(role) : .incomplete
  }
}

/// A peer that speaks another protocol than workers and coordinators do.
package enum Stranger: Hashable, Sendable, CustomStringConvertible {
  /// It sends or answers requests over HTTP.
  case http
  /// It begins a TLS connection.
  case tls
  /// It is a socket of NNG's that neither asks nor answers.
  case otherProtocol
  /// Anything else.
  case unknown

  /// The protocol that it speaks, to follow the word "speaks".
  package var description: String {
    switch self {
    case .http: "HTTP"
    case .tls: "TLS"
    case .otherProtocol: "another protocol of NNG's"
    case .unknown: "a language that is not Braid's"
    }
  }

  /// Recognises a peer by first bytes that are no greeting; one byte is enough.
  init(recognising bytes: some Collection<UInt8>) {
    let methods = [
      "HTTP/", "GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ",
      "PRI ",
    ]
    let head = Array(bytes.prefix(8))
    // The whole word, or as much of it as there is.
    let isHTTP = methods.contains { word in
      !head.isEmpty && zip(head, word.utf8).allSatisfy { $0 == $1 }
    }
    self = isHTTP ? .http : head.first == 0x16 ? .tls : .unknown
  }
}
