/// The way in which libnng marks the length of a message on a stream.
package enum MessageFraming: Hashable, Sendable {
  /// Over TCP: eight bytes, most significant first.
  case tcp
  /// Between processes of one machine: a one, then those eight.
  case local

  /// The number of bytes before a message.
  package var headerBytes: Int { self == .tcp ? 8 : 9 }

  /// Returns the header of a message.
  ///
  /// - Parameter length: The bytes of the message, with its protocol header.
  /// - Returns: ``headerBytes`` bytes.
  package func header(length: UInt64) -> [UInt8] {
    let digits = (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * UInt64($0))) }
    return self == .tcp ? digits : [1] + digits
  }

  /// Reads the header of a message.
  ///
  /// - Parameter bytes: At least ``headerBytes`` of them.
  /// - Returns: The bytes of the message; nil when there are too few bytes, or they are no header.
  package func length(_ bytes: some Collection<UInt8>) -> UInt64? {
    guard bytes.count >= headerBytes else { return nil }
    if self == .local, bytes.first != 1 { return nil }
    return bytes.dropFirst(headerBytes - 8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The bytes that libnng's request and reply put before each message's own: the number of the request.
  package static let requestNumberBytes = 4
}
