internal import KVFormat
internal import ParallelContext
package import Transformer

/// Times causal passes over the beginnings of a document: full attention, which chunks are compared with.
package enum CausalBenchmark {
  /// Measures doublings of the length until a pass would take too long.
  ///
  /// - Parameters:
  ///   - model: The weights.
  ///   - tokens: The document, at least as long as the longest length.
  ///   - lengths: The lengths that are wanted, in tokens.
  ///   - limit: The most seconds of a pass.
  ///   - threads: Threads of the matrix products.
  ///   - progress: Called before each pass with its length.
  /// - Returns: Lengths and seconds, in order.
  /// - Throws: ``ModelError`` when memory cannot be had.
  package static func measure(
    model: Model,
    tokens: [Int32],
    lengths: [Int],
    limit: Double,
    threads: Int,
    progress: (Int) -> Void
  ) throws -> [(tokens: Int, seconds: Double)] {
    let lengths = lengths.filter { $0 <= tokens.count }
    var measured: [(tokens: Int, seconds: Double)] = []
    while let length = CausalLengths.next(wanted: lengths, measured: measured, limit: limit) {
      progress(length)
      let text = Array(tokens.prefix(length))
      // The first pass prepares products of this size.
      if measured.isEmpty { _ = try seconds(model, text, threads) }
      measured.append((length, try seconds(model, text, threads)))
    }
    return measured
  }

  private static func seconds(_ model: Model, _ tokens: [Int32], _ threads: Int) throws -> Double {
    let session = try CausalSession(model: model, capacity: tokens.count, kvType: .bf16, threads: threads)
    let began = monotonicSeconds()
    try session.append(tokens, encodeOnly: true)
    return monotonicSeconds() - began
  }
}
