/// A limit on the bytes of unfinished transfers that are in memory at once.
package struct ByteBudget: Hashable, Sendable {
  /// The limit in bytes.
  package let limit: Int
  /// The bytes reserved.
  package private(set) var used = 0

  /// Makes a budget with nothing reserved.
  package init(limit: Int) { self.limit = limit }

  /// Reserves bytes if they fit, or if nothing else is reserved, so that one transfer always goes on.
  ///
  /// - Returns: True if the bytes are reserved.
  package mutating func reserve(_ byteCount: Int) -> Bool {
    guard used == 0 || byteCount <= limit - used else { return false }
    used += byteCount
    return true
  }

  /// Returns reserved bytes to the budget.
  package mutating func release(_ byteCount: Int) { used = max(0, used - byteCount) }
}
