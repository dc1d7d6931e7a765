/// Which connections are open, and which one goes when there are too many.
///
/// A newcomer is let in at the cost of the connection that has been still for longest and is owed no answer, so that
/// strangers who hold connections and ask nothing keep nobody out.
package struct ConnectionBook<ID: Hashable & Sendable>: Sendable {
  /// What happens to a newcomer.
  package enum Admission: Hashable, Sendable {
    /// There is room.
    case admitted
    /// There is room once this one is closed.
    case instead(of: ID)
    /// All connections are at work.
    case refused
  }

  /// The most connections.
  package let limit: Int
  /// Those that are owed no answer, by the order in which they were last heard of.
  private var idle: [ID: UInt64] = [:]
  private var busy: Set<ID> = []
  private var ticks: UInt64 = 0

  /// An empty book.
  ///
  /// - Parameter limit: The most connections, at least 1.
  package init(limit: Int) { self.limit = max(1, limit) }

  /// Open connections.
  package var count: Int { idle.count + busy.count }

  /// Decides about a newcomer and enters it, unless it is refused.
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

  /// A part of a request has come.
  package mutating func touched(_ id: ID) {
    if idle[id] != nil { fellIdle(id) }
  }

  /// A connection that is in the book is owed an answer.
  package mutating func becameBusy(_ id: ID) {
    if idle.removeValue(forKey: id) != nil { busy.insert(id) }
  }

  /// A connection in the book has answered all requests.
  package mutating func becameIdle(_ id: ID) {
    if busy.contains(id) { fellIdle(id) }
  }

  /// A connection is closed.
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
