public import KVFormat

/// What encodes chunks on one lane: it holds the lane's own scratch memory and is only ever called on the
/// lane's thread.
public protocol LaneEncoder: AnyObject {
  /// Computes the KV cache of one chunk, and the summary of its keys if one is wanted.
  ///
  /// - Parameters:
  ///   - assignment: The chunk.
  ///   - destination: Where the KV cache goes, `[layer][K then V][KV head][token][head dimension]`, and the
  ///     summary behind it: exactly `assignment.byteCount` bytes, whose content is what an earlier chunk left.
  ///   - ready: To be called whenever more bytes are final, with their number, counted from the front: they
  ///     are sent while the rest is computed. Final layers may be coded in their place: they are not to be
  ///     read again, so what is to be known of their keys is taken before. A summary has a part for every
  ///     layer and is final after the last one.
  ///   - isCancelled: Whether the result is no longer wanted; to be asked at least once a layer.
  /// - Returns: What is known about the work.
  /// - Throws: `CancellationError` after `isCancelled` was true, or why the chunk cannot be encoded.
  func encode(
    _ assignment: ChunkAssignment,
    into destination: UnsafeMutableRawBufferPointer,
    ready: (Int) -> Void,
    isCancelled: () -> Bool
  ) throws -> EncodeReport
}

/// One chunk to encode.
public struct ChunkAssignment: Hashable, Sendable {
  /// The tokens that every chunk sees before its own; their KV cache is not part of the result.
  public let sinkTokens: [Int32]
  /// The tokens between the sink and the chunk's own, which the chunk sees too; their KV cache is not part of
  /// the result either.
  public let leadTokens: [Int32]
  /// The chunk's tokens.
  public let tokens: [Int32]
  /// The position of the chunk's first token.
  public let positionBase: Int
  /// The bytes of the chunk's KV cache.
  public let kvByteCount: Int
  /// Which summary of the chunk's keys follows the KV cache.
  public let summary: SummaryContent
  /// The bytes of the summary; 0 without.
  public let summaryByteCount: Int

  /// Makes an assignment from its parts.
  public init(
    sinkTokens: [Int32],
    leadTokens: [Int32] = [],
    tokens: [Int32],
    positionBase: Int,
    kvByteCount: Int,
    summary: SummaryContent = .none,
    summaryByteCount: Int = 0
  ) {
    self.summary = summary
    self.summaryByteCount = summaryByteCount
    self.sinkTokens = sinkTokens
    self.leadTokens = leadTokens
    self.tokens = tokens
    self.positionBase = positionBase
    self.kvByteCount = kvByteCount
  }

  /// The bytes of KV cache and summary together.
  public var byteCount: Int { kvByteCount + summaryByteCount }
}

/// What an encoder says about a finished chunk.
public struct EncodeReport: Hashable, Sendable {
  /// Seconds of computation.
  public var computeSeconds: Double
  /// A digest over the KV cache of the sink, by which the coordinator sees that all workers have the same.
  public var sinkDigest: UInt64

  /// Makes a report from its parts.
  public init(computeSeconds: Double, sinkDigest: UInt64) {
    self.computeSeconds = computeSeconds
    self.sinkDigest = sinkDigest
  }
}
