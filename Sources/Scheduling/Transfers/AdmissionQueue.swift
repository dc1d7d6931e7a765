/// A queue of transfers that wait for memory, first come, first served: a value without sockets.
///
/// A transfer waits together with its request, and memory is granted in the order in which transfers were
/// first announced. A request cannot wait for ever. When its time is up it is answered, and the transfer
/// keeps its place for a while: it waits there again if its lease is announced again in time. The first of
/// the waiting transfers is never overtaken, so small ones do not starve a large one.
package struct AdmissionQueue<Request: Sendable>: Sendable {
  private struct Entry {
    let token: LeaseToken
    let byteCount: Int
    /// Nil when the request has been answered and the place is kept.
    var request: Request?
    /// The time at which the request is to be answered, or the place given up.
    var until: Instant
  }

  /// A transfer that leaves the queue.
  package struct Admitted {
    /// The lease that it belongs to.
    package let token: LeaseToken
    /// The bytes that it takes.
    package let byteCount: Int
    /// The request that waits for the answer.
    package let request: Request
  }

  private var entries: [Entry] = []
  /// The time before which no entry's time is up.
  private var noneDueBefore = Instant(nanoseconds: .max)
  /// The time for which a place is kept after its request was answered.
  let keptFor: Duration

  /// Makes an empty queue.
  ///
  /// - Parameter keptFor: The time for which a place is kept after its request was answered.
  package init(keptFor: Duration) { self.keptFor = keptFor }

  /// The number of requests that wait.
  package var waiting: Int { entries.count { $0.request != nil } }

  /// Returns true if no waiting transfer came before this lease.
  package func isFirst(_ token: LeaseToken) -> Bool {
    for entry in entries {
      if entry.token == token { return true }
      if entry.request != nil { return false }
    }
    return true
  }

  /// Returns the request of a lease that waits; nil when it has been answered, or the lease has no place.
  package func request(of token: LeaseToken) -> Request? {
    entries.first { $0.token == token }?.request
  }

  /// Reserves memory for a transfer, unless another one came before it or there is too little.
  ///
  /// - Parameters:
  ///   - token: Its lease, which loses its place in the queue when the transfer may begin.
  ///   - byteCount: The bytes that it needs.
  ///   - budget: The memory to reserve from.
  /// - Returns: True if the transfer may begin.
  package mutating func enter(_ token: LeaseToken, byteCount: Int, budget: inout ByteBudget) -> Bool {
    guard isFirst(token), budget.reserve(byteCount) else { return false }
    _ = remove(token)
    return true
  }

  /// Adds a transfer to those that wait, in its former place if it has one.
  ///
  /// - Parameters:
  ///   - token: Its lease.
  ///   - byteCount: The bytes that it needs.
  ///   - request: The request that is answered when there is memory.
  ///   - deadline: The latest time at which the request is answered.
  /// - Returns: The lease's former request if it was still waiting, for the caller to answer.
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

  /// Removes a lease.
  ///
  /// - Returns: Its request, if it was waiting.
  package mutating func remove(_ token: LeaseToken) -> Request? {
    guard let index = entries.firstIndex(where: { $0.token == token }) else { return nil }
    return entries.remove(at: index).request
  }

  /// Removes all entries.
  ///
  /// - Returns: The requests that were waiting.
  @discardableResult
  package mutating func removeAll() -> [Request] {
    defer { entries.removeAll() }
    return entries.compactMap(\.request)
  }

  /// Removes the transfers that may begin, in order, until one does not fit.
  ///
  /// - Parameter reserve: Reserves bytes, or returns false when they do not fit.
  /// - Returns: The transfers that may begin.
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

  /// Removes the requests and the kept places whose time is up.
  ///
  /// - Returns: The requests, whose senders must be told to ask again.
  /// - Complexity: O(1) while no entry's time is up, else O(entries).
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
