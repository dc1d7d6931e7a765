#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The log-mass of some chunks for each of a head's rows.
package struct ChunkMasses: Sendable {
  /// `[chunk][row]`.
  private var logs: [Float]
  private let rows: Int

  /// Makes masses of nothing.
  package init(chunks: Int, rows: Int) {
    self.rows = rows
    logs = Array(repeating: -.infinity, count: chunks * rows)
  }

  /// Lends the masses, `[chunk][row]`, to be set.
  package mutating func fill(_ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
    logs.withUnsafeMutableBufferPointer { body($0) }
  }

  /// Each row's log-mass of several chunks together.
  ///
  /// - Parameters:
  ///   - places: The places of these chunks, at least one.
  ///   - count: The number of chunks that they stand for, of the same mean mass; 0 for none.
  /// - Returns: A log-mass for each row.
  package func sum(_ places: some Collection<Int>, standingFor count: Int) -> [Float] {
    let factor = logf(Float(count) / Float(max(1, places.count)))
    var highest = [Float](repeating: -.infinity, count: rows)
    for place in places {
      for row in 0..<rows { highest[row] = max(highest[row], logs[place * rows + row]) }
    }
    var sums = [Float](repeating: 0, count: rows)
    for place in places {
      for row in 0..<rows where highest[row] > -.infinity {
        sums[row] += expf(logs[place * rows + row] - highest[row])
      }
    }
    return (0..<rows).map { sums[$0] > 0 ? highest[$0] + logf(sums[$0]) + factor : -.infinity }
  }
}
