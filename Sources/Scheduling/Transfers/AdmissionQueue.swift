/// Transfers for which there is no memory yet, first come, first served: a value without sockets.
///
/// A transfer waits with its request in hand (`Request`), and is granted memory in the order in which it was
/// first announced. A request cannot wait for ever: when its time is up it is answered, its place is kept for
/// a while, and it is there again when the same lease is announced again. Whoever is first among those that
/// wait is never overtaken, so a large transfer is not starved by small ones.
package struct AdmissionQueue<Request: Sendable>: Sendable {
  private struct Entry {
    let token: LeaseToken
    let byteCount: Int
    /// Nil when the request has been answered and the place is kept.
    var request: Request?
    /// When the request is to be answered, or the place given up.
    var until: Instant
  }

  /// A transfer that leaves the queue.
  package struct Admitted {
    package let token: LeaseToken
    package let byteCount: Int
    package let request: Request
  }

  private var entries: [Entry] = []
  /// No entry's time is up before this.
  private var noneDueBefore = Instant(nanoseconds: .max)
  /// How long a place is kept for a lease whose request was answered.
  let keptFor: Duration

  /// Begins empty.
  ///
  /// - Parameter keptFor: How long a place is kept for a lease whose request was answered.
  package init(keptFor: Duration) { self.keptFor = keptFor }

  /// The requests that wait.
  package var waiting: Int { entries.count { $0.request != nil } }

  /// Whether nobody who waits came before this lease.
  package func isFirst(_ token: LeaseToken) -> Bool {
    for entry in entries {
      if entry.token == token { return true }
      if entry.request != nil { return false }
    }
    return true
  }

  /// Reserves memory for a transfer, unless somebody came before it or there is too little.
  ///
  /// - Parameters:
  ///   - token: Its lease, which has no place any more when it may begin.
  ///   - byteCount: The memory it needs.
  ///   - budget: The memory there is.
  /// - Returns: Whether it may begin.
  package mutating func enter(_ token: LeaseToken, byteCount: Int, budget: inout ByteBudget) -> Bool {
    guard isFirst(token), budget.reserve(byteCount) else { return false }
    _ = remove(token)
    return true
  }

  /// A transfer waits, in its former place if it has one.
  ///
  /// - Parameters:
  ///   - token: Its lease.
  ///   - byteCount: The memory it needs.
  ///   - request: The request that is answered when there is memory.
  ///   - deadline: The time at which it is answered at the latest.
  /// - Returns: A former request of the same lease that waited, which nobody answers here any more.
  @discardableResult
  package mutating func wait(
    _ token: LeaseToken,
    byteCount: Int,
    request: Request,
    until deadline: Instant
  ) -> Request? {
    let entry = Entry(token: token, byteCount: byteCount, request: request, until: deadline)
    noneDueBefore = min(noneDueBefore, deadline)
    guard let index = entries.firstIndex(where: { $0.token == token }) else {
      entries.append(entry)
      return nil
    }
    defer { entries[index] = entry }
    return entries[index].request
  }

  /// Forgets a lease.
  ///
  /// - Returns: Its request, when it waits.
  package mutating func remove(_ token: LeaseToken) -> Request? {
    guard let index = entries.firstIndex(where: { $0.token == token }) else { return nil }
    return entries.remove(at: index).request
  }

  /// Forgets all.
  ///
  /// - Returns: The requests that waited.
  @discardableResult
  package mutating func removeAll() -> [Request] {
    defer { entries.removeAll() }
    return entries.compactMap(\.request)
  }

  /// Takes out those that may begin, in order, until one does not fit.
  ///
  /// - Parameter reserve: Reserves memory; false when it does not fit.
  /// - Returns: Those that may begin.
  /// - Complexity: O(1) while the first one does not fit, else O(entries).
  package mutating func admit(_ reserve: (Int) -> Bool) -> [Admitted] {
    var admitted: [Admitted] = []
    var places: [Entry] = []
    var end = 0
    while end < entries.count {
      let entry = entries[end]
      if let request = entry.request {
        guard reserve(entry.byteCount) else { break }
        admitted.append(Admitted(token: entry.token, byteCount: entry.byteCount, request: request))
      } else {
        places.append(entry)
      }
      end += 1
    }
    if !admitted.isEmpty { entries.replaceSubrange(..<end, with: places) }
    return admitted
  }

  /// Takes out the requests whose time is up, and gives up places that nobody came back for.
  ///
  /// - Returns: The requests, to be told to come back.
  /// - Complexity: O(1) while nobody's time is up, else O(entries).
  package mutating func expire(at now: Instant) -> [Request] {
    guard now >= noneDueBefore else { return [] }
    var expired: [Request] = []
    for index in entries.indices where entries[index].until <= now {
      guard let request = entries[index].request else { continue }
      expired.append(request)
      entries[index].request = nil
      entries[index].until = now.advanced(by: keptFor)
    }
    entries.removeAll { $0.request == nil && $0.until <= now }
    noneDueBefore = entries.lazy.map(\.until).min() ?? Instant(nanoseconds: .max)
    return expired
  }
}
