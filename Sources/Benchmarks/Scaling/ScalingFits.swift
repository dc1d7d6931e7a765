/// A fit of Amdahl's law to the times of several numbers of threads.
///
///     seconds = serial + parallel / threads
package struct AmdahlFit: Sendable, Hashable {
  /// Seconds that do not shrink with threads.
  package let serial: Double
  /// Seconds that one thread needs for the rest.
  package let parallel: Double

  /// Fits the law by least squares, with neither part below 0. Nil for fewer than two numbers of threads.
  ///
  /// - Parameter points: Numbers of threads, above 0, and seconds.
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

  /// The share of one thread's time that does not shrink, from 0 to 1.
  package var serialShare: Double { serial + parallel > 0 ? serial / (serial + parallel) : 0 }

  /// The speed-up that no number of threads exceeds; nil if there is no limit.
  package var limit: Double? { serial > 0 ? (serial + parallel) / serial : nil }
}

/// A fit to the times of causal passes.
///
///     seconds = linear * tokens + quadratic * tokens^2
package struct CausalFit: Sendable, Hashable {
  /// Seconds per token.
  package let linear: Double
  /// Seconds per squared token.
  package let quadratic: Double

  /// Fits the curve by least squares of relative errors, with neither part below 0. Nil without points.
  ///
  /// - Parameter points: Lengths in tokens, and seconds; points that are not above 0 are left out.
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

  /// Returns the seconds of a pass over a number of tokens.
  package func seconds(tokens: Int) -> Double {
    Double(tokens) * (linear + quadratic * Double(tokens))
  }
}

/// The choice of the lengths at which a causal pass is measured: wanted lengths and doublings, while a pass
/// does not take too long.
package enum CausalLengths {
  /// Returns the next length to measure: the next wanted one, at most twice the last.
  ///
  /// - Parameters:
  ///   - wanted: The wanted lengths. The longest ends the measurement; others below 1,024 are left out.
  ///   - measured: The lengths measured so far, in order, and their seconds.
  ///   - limit: The most seconds of a pass, as far as they can be predicted.
  /// - Returns: A length; nil at the end of the measurement.
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
    // A curve through few short lengths may miss the quadratic part. No time grows faster than that part.
    let worst = last.seconds * ratio * ratio
    let expected = measured.count >= 3 ? CausalFit(measured)?.seconds(tokens: next) ?? worst : worst
    return expected <= limit ? next : nil
  }

  private static let first = 1024
}
