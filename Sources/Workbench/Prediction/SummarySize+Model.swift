package import KVFormat
internal import ParallelContext
package import Simulation
package import Transformer

extension SummarySize {
  /// The size of the summaries of a model's chunks.
  ///
  /// - Parameters:
  ///   - summaries: The content of the summaries.
  ///   - shape: A KV cache of the model, of any length.
  package init(_ summaries: SummaryContent, _ shape: KVCacheShape) {
    func size(_ tokens: Int) -> (tokens: Int, bytes: Int) {
      var shape = shape
      shape.tokens = tokens
      // The pairing does not change the size.
      return (
        tokens,
        SummaryShape(shape, pairing: .interleaved, content: summaries).byteCount
      )
    }
    self.init(short: size(1024), long: size(2048))
  }
}
