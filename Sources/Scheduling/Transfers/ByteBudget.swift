/// How many bytes of unfinished transfers may be in memory at once.
package struct ByteBudget: Hashable, Sendable {
  /// The limit in bytes.
  package let limit: Int
  /// The bytes reserved.
  package private(set) var used = 0

  /// Begins with nothing reserved.
  package init(limit: Int) { self.limit = limit }

  /// Reserves bytes when they fit, or when nothing else is reserved: one transfer always goes on.
  ///
  /// - Returns: Whether the bytes are reserved.
  package mutating func reserve(_ byteCount: Int) -> Bool {
    guard used == 0 || byteCount <= limit - used else { return false }
    used += byteCount
    return true
  }

  /// Gives reserved bytes back.
  package mutating func release(_ byteCount: Int) { used = max(0, used - byteCount) }
}
