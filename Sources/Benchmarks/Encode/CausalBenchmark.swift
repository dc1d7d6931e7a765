internal import KVFormat
internal import ParallelContext
package import Transformer

/// A benchmark of causal passes over the beginnings of a document: full attention, with which chunks are
/// compared.
package enum CausalBenchmark {
  /// Measures passes of the lengths that ``CausalLengths`` chooses, until one would take too long.
  ///
  /// - Parameters:
  ///   - model: The weights.
  ///   - tokens: The document; lengths beyond its end are left out.
  ///   - lengths: The wanted lengths, in tokens.
  ///   - limit: The most seconds of a pass, as far as they can be predicted.
  ///   - threads: The number of threads of the matrix products.
  ///   - progress: Called before each pass with its length.
  /// - Returns: The lengths and seconds, in order of length.
  /// - Throws: ``ModelError`` when memory cannot be allocated.
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
      // A pass that is not timed prepares the products of this size.
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
