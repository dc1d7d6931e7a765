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
    /// The two halves: i and i + dimension / 2.
    case halves
  }

  /// The base of the frequencies, theta.
  package var base: Double
  /// Values of a head that are rotated: all of them.
  package var dimension: Int
  /// The pairing of the values that are rotated together.
  package var pairing: Pairing
  /// Divisors of the frequencies, `dimension / 2` of them, or empty for none. Llama 3 stretches its context
  /// with them; linear scaling is the same divisor for all.
  package var factors: [Float]

  package init(base: Double, dimension: Int, pairing: Pairing, factors: [Float] = []) {
    self.base = base
    self.dimension = dimension
    self.pairing = pairing
    self.factors = factors
  }

  /// Divides all positions by a factor: linear scaling, which stretches a context.
  ///
  /// - Parameter factor: The factor, a positive number; 1 changes nothing.
  package mutating func stretch(by factor: Float) {
    guard factor != 1 else { return }
    factors = factors.isEmpty ? Array(repeating: factor, count: dimension / 2) : factors.map { $0 * factor }
  }

  /// 1 for the interleaved pairing, else 0, as the kernels expect it.
  package var isInterleaved: Int32 { pairing == .interleaved ? 1 : 0 }

  /// Radians per position of each pair: base^(-2i/dimension), divided by its factor (RoFormer, arXiv
  /// 2104.09864).
  package var frequencies: [Double] {
    (0..<dimension / 2).map { i in
      pow(base, -2 * Double(i) / Double(dimension)) / (factors.isEmpty ? 1 : Double(factors[i]))
    }
  }
}

/// Cosines and sines of a run of positions, laid out as the rotation kernels read them.
///
/// Row r holds `dimension` cosines and as many sines for position `positions[r]`, with the sign of the
/// rotation folded into the sine.
package struct RotaryTable: Sendable {
  /// Values per row.
  package let dimension: Int
  /// Cosines, row after row.
  package private(set) var cosine: [Float]
  /// Signed sines, row after row.
  package private(set) var sine: [Float]

  /// The table of positions `first..<first + count`.
  ///
  /// Angles are computed in double precision, so that positions of a million stay exact to f32.
  package init(_ configuration: RotaryConfiguration, first: Int, count: Int) {
    self.init(configuration, positions: (0..<count).lazy.map { Double(first + $0) })
  }

  /// The table of any positions, in their order.
  package init(_ configuration: RotaryConfiguration, positions: some Collection<Double>) {
    dimension = configuration.dimension
    let half = dimension / 2
    let frequencies = configuration.frequencies
    cosine = [Float](repeating: 0, count: positions.count * dimension)
    sine = cosine
    var row = 0
    for position in positions {
      for i in 0..<half {
        let angle = position * frequencies[i]
        let (a, b) = configuration.pairing == .interleaved ? (2 * i, 2 * i + 1) : (i, i + half)
        cosine[row + a] = Float(cos(angle))
        cosine[row + b] = cosine[row + a]
        sine[row + b] = Float(sin(angle))
        sine[row + a] = -sine[row + b]
      }
      row += dimension
    }
  }
}
