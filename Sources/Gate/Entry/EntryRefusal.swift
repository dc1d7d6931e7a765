/// Why a connection was ended by the gate: a value to act on and not a message, though the log has words for it.
package enum EntryRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// It speaks another protocol.
  case stranger(Stranger)
  /// It waits for requests, as a coordinator does.
  case notAsking
  /// A message is longer than the limit, or does not begin with a header.
  case message(bytes: UInt64?, limit: UInt64)
  /// It missed a deadline.
  case slow
  /// There are too many connections.
  case full
  /// libnng did not accept it.
  case notJoined

  /// The behaviour of the connection, for a log.
  package var description: String {
    switch self {
    case .stranger(let stranger): "it speaks \(stranger)"
    case .notAsking: "it waits for requests itself"
    case .message(.some(let bytes), let limit):
      "it announces a message of \(bytes) bytes, and \(limit) is the most"
    case .message(nil, _): "it sends what is no message"
    case .slow: "it did not say in time what it wants"
    case .full: "there are too many connections"
    case .notJoined: "it could not be passed on"
    }
  }
}
