/// The open connections of a server, and the choice of the one to close when there are too many.
///
/// A newcomer replaces the connection that has been still for longest and is owed no answer. So strangers who
/// hold connections and ask nothing keep nobody out.
package struct ConnectionBook<ID: Hashable & Sendable>: Sendable {
  /// The decision about a newcomer.
  package enum Admission: Hashable, Sendable {
    /// There is a place.
    case admitted
    /// There is a place once this one is closed.
    case instead(of: ID)
    /// All connections are owed answers.
    case refused
  }

  /// The most connections.
  package let limit: Int
  /// The connections that are owed no answer, by the order of their last activity.
  private var idle: [ID: UInt64] = [:]
  private var busy: Set<ID> = []
  private var ticks: UInt64 = 0

  /// Makes an empty book.
  ///
  /// - Parameter limit: The most connections, at least 1.
  package init(limit: Int) { self.limit = max(1, limit) }

  /// Open connections.
  package var count: Int { idle.count + busy.count }

  /// Decides about a newcomer, and enters it unless it is refused.
  package mutating func admit(_ id: ID) -> Admission {
    if count < limit {
      fellIdle(id)
      return .admitted
    }
    guard let oldest = idle.min(by: { $0.value < $1.value })?.key else { return .refused }
    idle[oldest] = nil
    fellIdle(id)
    return .instead(of: oldest)
  }

  /// Notes that a part of a request has arrived.
  package mutating func touched(_ id: ID) {
    if idle[id] != nil { fellIdle(id) }
  }

  /// Notes that a connection in the book is owed an answer.
  package mutating func becameBusy(_ id: ID) {
    if idle.removeValue(forKey: id) != nil { busy.insert(id) }
  }

  /// Notes that a connection in the book has answered all requests.
  package mutating func becameIdle(_ id: ID) {
    if busy.contains(id) { fellIdle(id) }
  }

  /// Removes a closed connection.
  package mutating func closed(_ id: ID) {
    idle[id] = nil
    busy.remove(id)
  }

  private mutating func fellIdle(_ id: ID) {
    busy.remove(id)
    ticks &+= 1
    idle[id] = ticks
  }
}
