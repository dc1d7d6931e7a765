/// Pearson's correlation coefficient, which measures linear dependence.
package enum Pearson {
  /// Returns the correlation of two lists, from -1 to 1.
  ///
  /// - Parameters:
  ///   - x: Some numbers.
  ///   - y: As many others.
  /// - Returns: The correlation; nil for fewer than two pairs, lists of different lengths, or a list whose
  ///   numbers are all the same.
  package static func correlation(_ x: [Double], _ y: [Double]) -> Double? {
    guard x.count == y.count, x.count >= 2 else { return nil }
    let (meanX, meanY) = (x.reduce(0, +) / Double(x.count), y.reduce(0, +) / Double(y.count))
    var (covariance, varianceX, varianceY) = (0.0, 0.0, 0.0)
    for (a, b) in zip(x, y) {
      covariance += (a - meanX) * (b - meanY)
      varianceX += (a - meanX) * (a - meanX)
      varianceY += (b - meanY) * (b - meanY)
    }
    let scale = (varianceX * varianceY).squareRoot()
    guard scale > 0, scale.isFinite else { return nil }
    return min(1, max(-1, covariance / scale))
  }
}
