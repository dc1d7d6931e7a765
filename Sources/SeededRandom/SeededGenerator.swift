/// Random numbers by SplitMix64 (Steele, Lea, Flood 2014): the same for a seed on every system, which the
/// standard library's generator does not promise.
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  /// A generator for one purpose.
  ///
  /// - Parameters:
  ///   - seed: What the user chose.
  ///   - path: What the numbers are for, such as a trial's place among all; another one gives other numbers.
  package init(seed: UInt64, path: [Int] = []) {
    state = seed
    for step in path { state = next() ^ UInt64(truncatingIfNeeded: step) }
  }

  /// The next 64 random bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in 0..<1, of 53 random bits.
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
