package import KVFormat

/// A causal run of a model over one growing sequence: full attention, without chunks. It is the baseline of
/// parallel encoding.
package final class CausalSession {
  private let model: Model
  private let pass: DecoderPass
  private let cache: KVCache
  private let tables: RotaryTables
  private let state: AttentionState
  /// Tokens so far.
  package private(set) var length = 0
  private var lastRows = 0

  /// Reserves memory for a sequence.
  ///
  /// - Parameters:
  ///   - model: The weights, with their head if logits will be read.
  ///   - capacity: The most tokens of the sequence.
  ///   - kvType: The type of stored keys and values.
  ///   - threads: The number of threads that share a matrix product.
  /// - Throws: ``ModelError`` when memory cannot be allocated.
  package init(model: Model, capacity: Int, kvType: KVType, threads: Int = 1) throws(ModelError) {
    self.model = model
    pass = try DecoderPass(model: model, capacity: capacity, threads: threads)
    cache = try KVCache(shape: KVCacheShape(model.configuration, tokens: capacity, type: kvType))
    tables = RotaryTables(model.configuration, first: 0, count: capacity)
    state = try AttentionState(model.configuration, tokens: DecoderPass.blockRows)
  }

  /// Runs further tokens.
  ///
  /// - Parameters:
  ///   - tokens: The tokens.
  ///   - encodeOnly: True to stop in the last layer after keys and values; then there are no logits to read.
  /// - Throws: ``ModelError`` when they do not fit.
  package func append(_ tokens: [Int32], encodeOnly: Bool = false) throws(ModelError) {
    let attention = CausalAttention(
      prefix: nil,
      cache: cache,
      start: length,
      tables: tables,
      state: state,
      model: model
    )
    try pass.run(tokens, attention: attention, encodeOnly: encodeOnly)
    length += tokens.count
    lastRows = tokens.count
  }

  /// Reads the logits after a token of the last run, the last one if none is named.
  ///
  /// - Parameters:
  ///   - row: The token's place in the last run.
  ///   - out: `vocabulary` values.
  /// - Throws: ``ModelError`` when the model has no head.
  package func logits(row: Int? = nil, into out: UnsafeMutableBufferPointer<Float>) throws(ModelError) {
    let row = row ?? max(0, lastRows - 1)
    try pass.logits(rows: row..<row + 1, into: out)
  }

  /// Reads the logits after several tokens of the last run.
  ///
  /// - Parameters:
  ///   - rows: The tokens' places in the last run, at most ``DecoderPass/blockRows`` of them.
  ///   - out: `[rows][vocabulary]` values.
  /// - Throws: ``ModelError`` when the model has no head or the rows are not there.
  package func logits(rows: Range<Int>, into out: UnsafeMutableBufferPointer<Float>) throws(ModelError) {
    try pass.logits(rows: rows, into: out)
  }
}
