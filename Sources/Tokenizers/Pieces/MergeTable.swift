/// The merges: pairs of neighbouring tokens, the token that each pair becomes, and their order.
struct MergeTable: Sendable {
  /// A merge: the rank in the upper half, so that the smallest value is the merge to do first, and the token
  /// that it makes in the lower half.
  typealias Merge = UInt64

  static let none = Merge.max

  private var keys: [UInt64]
  private var merges: [Merge]
  private let shift: UInt64

  /// Makes a table without merges, with room for some.
  init(capacity: Int) {
    var bits: UInt64 = 10
    while 1 << bits < 2 * capacity { bits += 1 }
    shift = 64 - bits
    keys = Array(repeating: .max, count: 1 << Int(bits))
    merges = Array(repeating: Self.none, count: 1 << Int(bits))
  }

  /// Adds a merge; a later one of the same pair replaces an earlier one. There must be room.
  mutating func insert(_ left: Int32, _ right: Int32, rank: Int, token: Int32) {
    let key = Self.key(left, right)
    var slot = slot(key)
    while keys[slot] != .max, keys[slot] != key { slot = (slot + 1) & (keys.count - 1) }
    keys[slot] = key
    merges[slot] = UInt64(rank) << 32 | UInt64(token)
  }

  /// The merge of two neighbours, or ``none``.
  @inline(__always)
  func merge(_ left: Int32, _ right: Int32) -> Merge {
    let key = Self.key(left, right)
    var slot = slot(key)
    while true {
      if keys[slot] == key { return merges[slot] }
      if keys[slot] == .max { return Self.none }
      slot = (slot + 1) & (keys.count - 1)
    }
  }

  /// The token that a merge makes.
  @inline(__always)
  static func token(_ merge: Merge) -> Int32 { Int32(truncatingIfNeeded: merge) }

  @inline(__always)
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  @inline(__always)
  private func slot(_ key: UInt64) -> Int { Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift) }
}
