internal import Glibc
internal import Memory

/// A benchmark of memory that is new to the process.
package enum MemoryBenchmark {
  /// Measures writing to memory that was never used, whose pages the system has to clear first.
  ///
  /// - Parameter bytes: The size of the memory; at least 1 MiB is taken.
  /// - Returns: Seconds per byte.
  /// - Throws: An error when memory cannot be allocated.
  package static func firstTouchSecondsPerByte(bytes: Int = 128 << 20) throws -> Double {
    let block = try AlignedBuffer(byteCount: max(1 << 20, bytes))
    let start = ContinuousClock.now
    memset(block.base, 1, block.byteCount)
    return (ContinuousClock.now - start) / .seconds(1) / Double(block.byteCount)
  }
}
