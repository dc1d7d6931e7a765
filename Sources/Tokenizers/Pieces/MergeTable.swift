/// The merges: pairs of neighbouring tokens, the token that each pair becomes, and their order.
struct MergeTable: Sendable {
  /// A merge: the rank in the upper half, so that the smallest value is the merge to do first, and the token
  /// that it makes in the lower half.
  typealias Merge = UInt64

  static let none = IntegerTable.none

  private var merges: IntegerTable

  /// Makes a table without merges, with room for some.
  init(capacity: Int) { merges = IntegerTable(capacity: capacity) }

  /// Adds a merge; a later one of the same pair replaces an earlier one. There must be room.
  mutating func insert(_ left: Int32, _ right: Int32, rank: Int, token: Int32) {
    merges[Self.key(left, right)] = UInt64(rank) << 32 | UInt64(token)
  }

  /// The merge of two neighbours, or ``none``.
  @inline(__always)
  func merge(_ left: Int32, _ right: Int32) -> Merge { merges[Self.key(left, right)] }

  /// The token that a merge makes.
  @inline(__always)
  static func token(_ merge: Merge) -> Int32 { Int32(truncatingIfNeeded: merge) }

  @inline(__always)
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}
