/// The time that one part of the work takes with any number of threads, and the other part in proportion:
/// Amdahl's law.
package struct AmdahlFit: Sendable, Hashable {
  /// Seconds that do not shrink.
  package let serial: Double
  /// Seconds that one thread needs for the rest.
  package let parallel: Double

  /// The line through times over reciprocal numbers of threads with the least squares; neither part is below 0.
  /// Nil for fewer than two numbers of threads.
  ///
  /// - Parameter points: Numbers of threads, and seconds.
  package init?(_ points: [(threads: Int, seconds: Double)]) {
    guard Set(points.map(\.threads)).count >= 2, points.allSatisfy({ $0.threads > 0 }) else { return nil }
    let x = points.map { 1 / Double($0.threads) }
    let (meanX, meanY) = (mean(x), mean(points.map(\.seconds)))
    let spread = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
    let slope = zip(x, points).reduce(0) { $0 + ($1.0 - meanX) * ($1.1.seconds - meanY) } / spread
    let serial = meanY - slope * meanX
    switch (serial < 0, slope < 0) {
    case (true, _):
      // All of it shrinks: the line through the origin.
      self.serial = 0
      let squares = x.reduce(0) { $0 + $1 * $1 }
      parallel = zip(x, points).reduce(0) { $0 + $1.0 * $1.1.seconds } / squares
    case (_, true): (self.serial, parallel) = (meanY, 0)
    default: (self.serial, parallel) = (serial, slope)
    }
  }

  /// The part of one thread's time that does not shrink.
  package var serialShare: Double { serial + parallel > 0 ? serial / (serial + parallel) : 0 }

  /// The speed-up that no number of threads exceeds; nil when nothing is in its way.
  package var limit: Double? { serial > 0 ? (serial + parallel) / serial : nil }
}

/// The time of one causal pass: so much a token, and so much a pair of tokens.
package struct CausalFit: Sendable, Hashable {
  /// Seconds a token.
  package let linear: Double
  /// Seconds a token and token before it, halves counted.
  package let quadratic: Double

  /// A curve through the origin with the least squares of relative errors; neither part is below 0. Nil without
  /// points.
  ///
  /// - Parameter points: Lengths in tokens, and seconds; those that are not above 0 are left out.
  package init?(_ points: [(tokens: Int, seconds: Double)]) {
    let points = points.filter { $0.tokens > 0 && $0.seconds > 0 }
    guard !points.isEmpty else { return nil }
    // Divided by the seconds, so that long documents do not outweigh all others.
    let u = points.map { Double($0.tokens) / $0.seconds }
    let v = points.map { Double($0.tokens) * Double($0.tokens) / $0.seconds }
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let (uu, uv, vv) = (dot(u, u), dot(u, v), dot(v, v))
    let (su, sv) = (u.reduce(0, +), v.reduce(0, +))
    let determinant = uu * vv - uv * uv
    let isSolvable = Set(points.map(\.tokens)).count >= 2 && determinant > 1e-12 * uu * vv
    let a = isSolvable ? (su * vv - sv * uv) / determinant : su / uu
    let b = isSolvable ? (sv * uu - su * uv) / determinant : 0
    if a < 0 {
      (linear, quadratic) = (0, sv / vv)
    } else if b < 0 {
      (linear, quadratic) = (su / uu, 0)
    } else {
      (linear, quadratic) = (a, b)
    }
  }

  /// The seconds of a pass over so many tokens.
  package func seconds(tokens: Int) -> Double {
    Double(tokens) * (linear + quadratic * Double(tokens))
  }
}

/// Decides which lengths of a causal pass are measured: doublings, up to what takes too long.
package enum CausalLengths {
  /// The next length to measure.
  ///
  /// - Parameters:
  ///   - wanted: The lengths that are wanted, of which the longest ends the measurement.
  ///   - measured: What was measured so far, in order.
  ///   - limit: The most seconds of a pass, as far as they can be foreseen.
  /// - Returns: A length; nil when all that can be measured is.
  package static func next(
    wanted: [Int],
    measured: [(tokens: Int, seconds: Double)],
    limit: Double
  ) -> Int? {
    guard let most = wanted.max(), most > 0 else { return nil }
    guard let last = measured.last else { return min(first, most) }
    let next = ([2 * last.tokens] + wanted).filter { $0 > last.tokens && $0 <= most }.min()
    guard let next else { return nil }
    let ratio = Double(next) / Double(last.tokens)
    // A curve through few short lengths may miss the quadratic part; nothing grows faster than it.
    let worst = last.seconds * ratio * ratio
    let expected = measured.count >= 3 ? CausalFit(measured)?.seconds(tokens: next) ?? worst : worst
    return expected <= limit ? next : nil
  }

  private static let first = 1024
}
