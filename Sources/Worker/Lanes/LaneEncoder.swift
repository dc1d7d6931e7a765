package import KVFormat

/// The encoder of one lane's chunks. It owns the lane's scratch memory, and is called only on its thread.
package protocol LaneEncoder: AnyObject {
  /// Computes the KV cache of one chunk, and the summary of its keys if one is wanted.
  ///
  /// - Parameters:
  ///   - assignment: The chunk.
  ///   - destination: The memory for the KV cache, `[layer][K then V][KV head][token][head dimension]`, and
  ///     for the summary behind it: exactly `assignment.byteCount` bytes, not cleared.
  ///   - ready: A function to call whenever more bytes are final, with their number, counted from the front.
  ///     They are sent while the rest is computed. A final layer may be coded in place, so the layer's keys
  ///     must be summarised before. A summary has a part for every layer and is final after the last one.
  ///   - isCancelled: A function to call at least once a layer; true if the result is not wanted any more.
  /// - Returns: A report on the work.
  /// - Throws: `CancellationError` after `isCancelled` was true, or an error that says why the chunk cannot
  ///   be encoded.
  func encode(
    _ assignment: ChunkAssignment,
    into destination: UnsafeMutableRawBufferPointer,
    ready: (Int) -> Void,
    isCancelled: () -> Bool
  ) throws -> EncodeReport
}

/// One chunk to encode.
package struct ChunkAssignment: Hashable, Sendable {
  /// The model: its place, from 0, among those of the worker.
  package let model: Int
  /// The tokens of the sink, which every chunk sees; their KV cache is not part of the result.
  package let sinkTokens: [Int32]
  /// The tokens of the lead, which the chunk sees behind the sink; their KV cache is not part of the result.
  package let leadTokens: [Int32]
  /// The chunk's tokens.
  package let tokens: [Int32]
  /// The position of the chunk's first token.
  package let positionBase: Int
  /// The bytes of the chunk's KV cache.
  package let kvByteCount: Int
  /// The content of the summary of the chunk's keys, which follows the KV cache.
  package let summary: SummaryContent
  /// The bytes of the summary; 0 without a summary.
  package let summaryByteCount: Int

  package init(
    model: Int = 0,
    sinkTokens: [Int32],
    leadTokens: [Int32] = [],
    tokens: [Int32],
    positionBase: Int,
    kvByteCount: Int,
    summary: SummaryContent = .none,
    summaryByteCount: Int = 0
  ) {
    self.model = model
    self.summary = summary
    self.summaryByteCount = summaryByteCount
    self.sinkTokens = sinkTokens
    self.leadTokens = leadTokens
    self.tokens = tokens
    self.positionBase = positionBase
    self.kvByteCount = kvByteCount
  }

  /// The bytes of KV cache and summary together.
  package var byteCount: Int { kvByteCount + summaryByteCount }
}

/// An encoder's report on a finished chunk.
package struct EncodeReport: Hashable, Sendable {
  /// Seconds of computation.
  package var computeSeconds: Double
  /// A digest over the sink's KV cache, by which the coordinator sees that all workers have the same.
  package var sinkDigest: UInt64

  package init(computeSeconds: Double, sinkDigest: UInt64) {
    self.computeSeconds = computeSeconds
    self.sinkDigest = sinkDigest
  }
}
