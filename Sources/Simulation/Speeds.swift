internal import Glibc
internal import SeededRandom

/// The speeds of the workers, as multiples of the speed that costs are given for.
package enum Speeds: Hashable, Sendable {
  /// Speed 1 for all.
  case constant
  /// Drawn from a lognormal distribution of mean 1, with this standard deviation of the logarithm.
  case lognormal(sigma: Double)
  /// These speeds, in turn.
  case list([Double])

  /// Reads `constant`, `lognormal:SIGMA`, or speeds separated by commas; nil for anything else.
  package init?(_ text: String) {
    if text == "constant" {
      self = .constant
    } else if text.hasPrefix("lognormal:") {
      guard let sigma = Double(text.dropFirst(10)), (0...3).contains(sigma) else { return nil }
      self = .lognormal(sigma: sigma)
    } else {
      let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? 0 }
      guard parts.allSatisfy({ (0.001...1000).contains($0) }) else { return nil }
      self = .list(parts)
    }
  }

  /// Returns the speed of a worker, which does not depend on the number of workers.
  package func speed(ofWorker worker: Int, seed: UInt64) -> Double {
    switch self {
    case .constant: return 1
    case .list(let speeds): return speeds[worker % speeds.count]
    case .lognormal(let sigma):
      var random = SeededGenerator(seed: seed, path: [1, worker])
      // Box-Muller; 1 - u is not 0.
      let radius = (-2 * log(1 - random.unit())).squareRoot()
      let normal = radius * cos(2 * Double.pi * random.unit())
      return exp(sigma * normal - sigma * sigma / 2)
    }
  }
}
