internal import Glibc
internal import Memory

/// What new memory costs.
package enum MemoryBenchmark {
  /// Measures writing to memory that was never used: the system clears its pages first.
  ///
  /// - Parameter bytes: How much to take, at least 1 MiB.
  /// - Returns: Seconds a byte.
  /// - Throws: When memory cannot be had.
  package static func firstTouchSecondsPerByte(bytes: Int = 128 << 20) throws -> Double {
    let block = try AlignedBuffer(byteCount: max(1 << 20, bytes))
    let start = ContinuousClock.now
    memset(block.base, 1, block.byteCount)
    return (ContinuousClock.now - start) / .seconds(1) / Double(block.byteCount)
  }
}
