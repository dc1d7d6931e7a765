/// A table of integers by integers, with open addressing. It is as large as it was made.
struct IntegerTable: Sendable {
  /// The value of a key that is not there. No key has it.
  static let none = UInt64.max

  private var keys: [UInt64]
  private var values: [UInt64]
  private let shift: UInt64

  /// Makes an empty table with room for a number of keys.
  init(capacity: Int) {
    var bits: UInt64 = 4
    while 1 << bits < 2 * capacity { bits += 1 }
    shift = 64 - bits
    keys = Array(repeating: Self.none, count: 1 << Int(bits))
    values = Array(repeating: Self.none, count: 1 << Int(bits))
  }

  /// The value of a key, which may not be ``none``. There must be room for a new one.
  @inline(__always)
  subscript(key: UInt64) -> UInt64 {
    get {
      var slot = slot(key)
      while true {
        if keys[slot] == key { return values[slot] }
        if keys[slot] == Self.none { return Self.none }
        slot = (slot + 1) & (keys.count - 1)
      }
    }
    set {
      var slot = slot(key)
      while keys[slot] != Self.none, keys[slot] != key { slot = (slot + 1) & (keys.count - 1) }
      keys[slot] = key
      values[slot] = newValue
    }
  }

  @inline(__always)
  private func slot(_ key: UInt64) -> Int { Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift) }
}
