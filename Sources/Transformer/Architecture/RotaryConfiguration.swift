#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The settings of rotary position embedding.
package struct RotaryConfiguration: Sendable, Hashable {
  /// The pairing of the values of a head that are rotated together.
  package enum Pairing: String, Sendable {
    /// Neighbours: 0 and 1, 2 and 3.
    case interleaved
    /// The two halves: i and i + dimension / 2. A head of which only some values are rotated is stored so that
    /// this holds for it too; see ``RotaryConfiguration/order``.
    case halves
  }

  /// The base of the frequencies, theta.
  package var base: Double
  /// Values of a head.
  package var dimension: Int
  /// Values of a head that are rotated, an even number; the pairs behind them are left as they are.
  package var rotated: Int
  /// The pairing of the values that are rotated together.
  package var pairing: Pairing
  /// Divisors of the frequencies, `rotated / 2` of them, or empty for none. Llama 3, YaRN and LongRoPE stretch
  /// a context with them; linear scaling is the same divisor for all, and an infinite one is no rotation.
  package var factors: [Float]
  /// The factor of rotated values, by which YaRN and LongRoPE sharpen attention.
  package var magnitude: Float = 1

  /// Settings from their parts; without `rotated`, all values of a head are rotated.
  package init(
    base: Double,
    dimension: Int,
    rotated: Int? = nil,
    pairing: Pairing,
    factors: [Float] = []
  ) {
    self.base = base
    self.dimension = dimension
    self.rotated = rotated ?? dimension
    self.pairing = pairing
    self.factors = factors
  }

  /// The same without any rotation.
  package var still: RotaryConfiguration {
    var result = self
    result.factors = Array(repeating: .infinity, count: rotated / 2)
    result.magnitude = 1
    return result
  }

  /// Divides all positions by a factor: linear scaling, which stretches a context.
  ///
  /// - Parameter factor: The factor, a positive number; 1 changes nothing.
  package mutating func stretch(by factor: Float) {
    guard factor != 1 else { return }
    factors = factors.isEmpty ? Array(repeating: factor, count: rotated / 2) : factors.map { $0 * factor }
  }

  /// 1 for the interleaved pairing, else 0, as the kernels expect it.
  package var isInterleaved: Int32 { pairing == .interleaved ? 1 : 0 }

  /// Radians per position of each pair: base^(-2i/rotated), divided by its factor (RoFormer, arXiv
  /// 2104.09864); 0 for pairs that are not rotated.
  package var frequencies: [Double] {
    (0..<dimension / 2).map { i in
      guard i < rotated / 2 else { return 0 }
      return pow(base, -2 * Double(i) / Double(rotated)) / (factors.isEmpty ? 1 : Double(factors[i]))
    }
  }

  /// The order in which a head's values are stored: place i holds value `order[i]` of the file; nil for the
  /// file's own order.
  ///
  /// Files pair the two halves of the values that are rotated, and the others follow them. Logits do not depend
  /// on the order, which queries and keys share, so the halves are moved apart until they are halves of the head.
  package var order: [Int]? {
    guard pairing == .halves, rotated < dimension else { return nil }
    let (half, pairs) = (dimension / 2, rotated / 2)
    return (0..<dimension).map { place in
      let (upper, i) = place < half ? (0, place) : (1, place - half)
      return i < pairs ? upper * pairs + i : rotated + upper * (half - pairs) + i - pairs
    }
  }
}
