internal import Foundation

/// Mean, covariance and page bounds of keys by plain arithmetic, with the same rounding to bf16 where they are
/// stored in it.
struct DenseSummary {
  var count: Int
  var mean: [Double]
  /// Before rounding, `[64][64]`.
  var covariance: [[Double]]
  /// The largest and smallest value of each channel on a page of 16 keys, rounded outwards.
  var pages: [(high: [Double], low: [Double])]

  /// For each key its code in each channel of the sketch, as a number of steps, and what a step counts.
  var codes: [[Double]]
  var steps: [Double]
  /// The channels of the sketch: those of the twelve pairs that RoPE turns slowest.
  var channels: [Int]

  init(_ keys: [[Float]], isInterleaved: Bool = false) {
    count = keys.count
    let count = Double(keys.count)
    var mean = [Double](repeating: 0, count: 64)
    for key in keys { for i in 0..<64 { mean[i] += Double(key[i]) / count } }
    var covariance = [[Double]](repeating: [Double](repeating: 0, count: 64), count: 64)
    for key in keys {
      let x = zip(key, mean).map { Double($0) - $1 }
      covariance.withUnsafeMutableBufferPointer { rows in
        for i in 0..<64 { for j in 0..<64 { rows[i][j] += x[i] * x[j] / count } }
      }
    }
    let channels = isInterleaved ? Array(40..<64) : Array(20..<32) + Array(52..<64)
    let steps = channels.map { 0.375 * max(covariance[$0][$0], 0).squareRoot() }
    codes = keys.map { key in
      zip(channels, steps).map { channel, step in
        let distance = Double(key[channel]) - mean[channel]
        return step > 0 ? min(max((distance / step).rounded(.down), -8), 7) + 0.5 : 0.5
      }
    }
    self.channels = channels
    self.steps = steps
    self.mean = mean
    self.covariance = covariance
    pages = stride(from: 0, to: keys.count, by: 16).map { first in
      let page = keys[first..<min(first + 16, keys.count)]
      return (
        (0..<64).map { i in Self.outward(page.map { $0[i] }.max() ?? 0, up: true) },
        (0..<64).map { i in Self.outward(page.map { $0[i] }.min() ?? 0, up: false) }
      )
    }
  }

  /// The nearest bf16, of two equally near the even one.
  static func nearest(_ x: Double) -> Double {
    let bits = Float(x).bitPattern
    return Double(Float(bitPattern: (bits &+ 0x7fff &+ (bits >> 16 & 1)) & 0xffff_0000))
  }

  /// The nearest bf16 that is not below, or not above.
  static func outward(_ x: Float, up: Bool) -> Double {
    let towardsZero = Float(bitPattern: x.bitPattern & 0xffff_0000)
    if towardsZero == x || (x < 0) == up { return Double(towardsZero) }
    return Double(Float(bitPattern: towardsZero.bitPattern + 0x1_0000))
  }

  /// ln n + q mu + q' C q / 2, C as it is stored.
  func moments(_ q: [Double]) -> Double {
    var square = 0.0
    for i in 0..<64 {
      for j in 0..<64 { square += q[i] * q[j] * Self.nearest(covariance[i][j]) }
    }
    return log(Double(count)) + meanLogit(q) + square / 2
  }

  /// q mu.
  func meanLogit(_ q: [Double]) -> Double { zip(q, mean).reduce(0) { $0 + $1.0 * $1.1 } }

  /// q mu, and for each key what its codes add in the channels of the sketch, q times the steps being rounded to
  /// 127 numbers of either sign.
  func sketchLogits(_ q: [Double]) -> [Double] {
    let exact = zip(channels, steps).map { q[$0] * $1 }
    let unit = (exact.map(abs).max() ?? 0) / 127
    let rounded = exact.map { unit > 0 ? ($0 / unit).rounded(.toNearestOrEven) * unit : 0 }
    return codes.map { code in meanLogit(q) + zip(rounded, code).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  /// The largest estimate of all pages: the middle of each channel's range, and `slack` times what is left to
  /// the end of it that suits q.
  func bound(_ q: [Double], slack: Double) -> Double {
    pages.map { page in
      (0..<64).reduce(0.0) { sum, i in
        let (middle, reach) = ((page.high[i] + page.low[i]) / 2, (page.high[i] - page.low[i]) / 2)
        return sum + q[i] * middle + slack * abs(q[i]) * reach
      }
    }.max() ?? -.infinity
  }
}
