internal import CKernels

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Chooses the next token out of logits.
struct TokenSampler {
  private let temperature: Double
  private var state: UInt64

  init(temperature: Double, seed: UInt64) {
    self.temperature = temperature
    state = seed
  }

  /// The likeliest token at temperature 0, the first of equals; else one drawn from the softmax of logits /
  /// temperature.
  mutating func choose(_ logits: [Float]) -> Int32 {
    guard temperature > 0 else { return Int32(clamping: braid_argmax_f32(logits, logits.count)) }
    let highest = Double(logits.max() ?? 0)
    let weights = logits.map { exp((Double($0) - highest) / temperature) }
    var left = uniform() * weights.reduce(0, +)
    for (token, weight) in weights.enumerated() {
      left -= weight
      if left < 0 { return Int32(clamping: token) }
    }
    return Int32(clamping: max(0, logits.count - 1))
  }

  /// A number in 0..<1 by SplitMix64 (Steele, Lea, Flood 2014): a few lines, and the same numbers on every
  /// system.
  private mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Double(z >> 11) * 0x1p-53
  }
}
