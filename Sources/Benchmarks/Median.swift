/// Returns the median of some samples; 0 for none.
package func median(_ samples: [Double]) -> Double {
  guard !samples.isEmpty else { return 0 }
  let sorted = samples.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// Returns the mean of some samples; 0 for none.
package func mean(_ samples: [Double]) -> Double {
  samples.isEmpty ? 0 : samples.reduce(0, +) / Double(samples.count)
}

/// Returns the smallest sample that at least `percent` percent of the samples do not exceed; 0 for none.
package func percentile(_ samples: [Double], _ percent: Int) -> Double {
  guard !samples.isEmpty else { return 0 }
  let rank = (samples.count * min(max(percent, 0), 100) + 99) / 100
  return samples.sorted()[max(0, rank - 1)]
}
