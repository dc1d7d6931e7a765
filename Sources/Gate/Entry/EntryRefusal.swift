/// Why a connection was ended by the gate.
package enum EntryRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// It speaks something else.
  case stranger(Stranger)
  /// It waits for requests, as a coordinator does.
  case notAsking
  /// A message is longer than any that is taken, or has no header of a message.
  case message(bytes: UInt64?, limit: UInt64)
  /// It was not done in time.
  case slow
  /// There are as many connections as there may be.
  case full
  /// libnng did not take it.
  case notJoined

  /// What the connection did, for a log.
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
