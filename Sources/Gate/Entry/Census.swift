/// The connections at the gate, and the decision which to admit, so that strangers use up neither all
/// descriptors nor the places of workers.
///
/// A connection is waiting until its first message has passed, which takes a worker a moment. If places are
/// short, the connection that has waited longest is ended.
package struct Census: Sendable {
  /// The most connections of each kind.
  package struct Limits: Hashable, Sendable {
    /// All together.
    package var total: Int
    /// From one address.
    package var perAddress: Int
    /// From one address, without a whole first message.
    package var waitingPerAddress: Int

    /// Makes limits in proportion to a number of connections.
    ///
    /// - Parameter total: The most connections; at least 4.
    package init(total: Int) {
      self.total = max(4, total)
      perAddress = self.total - self.total / 4
      waitingPerAddress = max(2, min(128, self.total / 2))
    }
  }

  /// The decision about a new connection.
  package enum Decision: Hashable, Sendable {
    /// It is admitted.
    case admit(UInt64)
    /// It is admitted, and the connection `leaving` must be ended.
    case replace(UInt64, leaving: UInt64)
    /// There is no place for it.
    case refuse
  }

  private struct Entry {
    var id: UInt64
    var address: String
    var isWaiting = true
  }

  private let limits: Limits
  private var nextID: UInt64 = 1
  /// The connections in the order of their arrival.
  private var entries: [Entry] = []

  /// Makes a census without connections.
  package init(limits: Limits) { self.limits = limits }

  /// The number of connections.
  package var count: Int { entries.count }
  /// The number of connections without a whole first message.
  package var waiting: Int { entries.count(where: \.isWaiting) }

  /// Decides about a new connection, by the first of these rules that applies:
  ///
  /// 1. The address has as many waiting connections as it may: the oldest of these is ended.
  /// 2. There are as many connections as there may be: the oldest that is waiting is ended.
  /// 3. The address has as many connections as it may: the oldest of these that is waiting is ended.
  /// 4. The connection is admitted.
  ///
  /// If rule 2 or 3 finds none that is waiting, the new connection is refused.
  ///
  /// - Parameter address: The peer's address, without its port.
  /// - Returns: The decision.
  /// - Complexity: O(*n*) in the number of connections.
  package mutating func arrive(from address: String) -> Decision {
    let own = entries.filter { $0.address == address }
    let ownWaiting = own.filter(\.isWaiting)
    var leaving: UInt64?
    if ownWaiting.count >= limits.waitingPerAddress {
      leaving = ownWaiting.first?.id
    } else if entries.count >= limits.total {
      guard let first = entries.first(where: \.isWaiting) else { return .refuse }
      leaving = first.id
    } else if own.count >= limits.perAddress {
      guard let first = ownWaiting.first else { return .refuse }
      leaving = first.id
    }
    let id = nextID
    nextID += 1
    if let leaving { left(leaving) }
    entries.append(Entry(id: id, address: address))
    return leaving.map { .replace(id, leaving: $0) } ?? .admit(id)
  }

  /// Returns true if a connection is still there; one that was ended for another is not.
  package func contains(_ id: UInt64) -> Bool { entries.contains { $0.id == id } }

  /// Notes that a connection's first message has passed.
  ///
  /// - Parameter id: The connection.
  /// - Returns: True if it is still there; one that was ended for another is not.
  package mutating func joined(_ id: UInt64) -> Bool {
    guard let index = entries.firstIndex(where: { $0.id == id }) else { return false }
    entries[index].isWaiting = false
    return true
  }

  /// Notes that a connection is gone; an unknown one changes nothing.
  package mutating func left(_ id: UInt64) { entries.removeAll { $0.id == id } }
}
