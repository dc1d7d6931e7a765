package import KVFormat

/// One chunk to encode.
///
/// The numbers of a lease that was read are in their ranges; ``coding(shape:type:)`` checks that they are
/// those of a model.
package struct LeaseGrant: Hashable, Sendable {
  /// The job's identifier.
  package var job: UInt128
  /// The model: its place, from 0, among those that the worker registered with.
  package var model: Int
  /// The chunk's index in its job.
  package var chunkIndex: Int
  /// The fencing token, which goes into every message about this lease.
  package var token: UInt64
  /// The tokens of the sink, which every chunk of the job begins with.
  package var sinkTokens: [Int32]
  /// The tokens between sink and chunk that the chunk sees and whose KV cache is not kept.
  package var leadTokens: [Int32]
  /// The chunk's tokens.
  package var chunkTokens: [Int32]
  /// The position of the chunk's first token.
  package var positionBase: Int
  /// The bytes of the chunk's KV cache, the sink's not included.
  package var kvByteCount: Int
  /// The coding of the KV cache. Offsets and sizes on the bulk socket are those of the coded bytes.
  package var codec: KVCodec
  /// The content of the summary that follows the KV cache.
  package var summary: SummaryContent
  /// The bytes of the summary, which is never coded; 0 without a summary.
  package var summaryByteCount: Int

  package init(
    job: UInt128,
    model: Int = 0,
    chunkIndex: Int,
    token: UInt64,
    sinkTokens: [Int32] = [],
    leadTokens: [Int32] = [],
    chunkTokens: [Int32],
    positionBase: Int = 0,
    kvByteCount: Int,
    codec: KVCodec = .bf16,
    summary: SummaryContent = .none,
    summaryByteCount: Int = 0
  ) {
    self.job = job
    self.model = model
    self.chunkIndex = chunkIndex
    self.token = token
    self.sinkTokens = sinkTokens
    self.leadTokens = leadTokens
    self.chunkTokens = chunkTokens
    self.positionBase = positionBase
    self.kvByteCount = kvByteCount
    self.codec = codec
    self.summary = summary
    self.summaryByteCount = summaryByteCount
  }
}
