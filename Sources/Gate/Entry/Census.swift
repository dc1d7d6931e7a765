/// Who is at the gate: decides which connections are let in, so that strangers take neither all descriptors nor
/// all of the places of one that works.
///
/// A connection waits until its first message has passed, which takes a worker a moment. Where places are short
/// the one that has waited longest makes room.
package struct Census: Sendable {
  /// How many connections there may be.
  package struct Limits: Hashable, Sendable {
    /// All together.
    package var total: Int
    /// From one address.
    package var perAddress: Int
    /// From one address, without a whole first message.
    package var waitingPerAddress: Int

    /// Limits in proportion to a number of connections.
    ///
    /// - Parameter total: The most connections; at least 4.
    package init(total: Int) {
      self.total = max(4, total)
      perAddress = self.total - self.total / 4
      waitingPerAddress = max(2, min(128, self.total / 2))
    }
  }

  /// What becomes of a newcomer.
  package enum Decision: Hashable, Sendable {
    /// It is let in.
    case admit(UInt64)
    /// It is let in, and the connection `leaving` is to be ended.
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
  /// In the order in which they came.
  private var entries: [Entry] = []

  /// Nobody is there.
  package init(limits: Limits) { self.limits = limits }

  /// The connections.
  package var count: Int { entries.count }
  /// Those without a whole first message.
  package var waiting: Int { entries.count(where: \.isWaiting) }

  /// Decides about a newcomer.
  ///
  /// - Parameter address: Where it comes from, without its port.
  /// - Returns: What becomes of it.
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

  /// Whether a connection is still there: one that had to make room is not.
  package func contains(_ id: UInt64) -> Bool { entries.contains { $0.id == id } }

  /// Notes that a connection's first message has passed.
  ///
  /// - Parameter id: The connection.
  /// - Returns: Whether it is still there: one that had to make room is not.
  package mutating func joined(_ id: UInt64) -> Bool {
    guard let index = entries.firstIndex(where: { $0.id == id }) else { return false }
    entries[index].isWaiting = false
    return true
  }

  /// Notes that a connection is gone; an unknown one changes nothing.
  package mutating func left(_ id: UInt64) { entries.removeAll { $0.id == id } }
}
