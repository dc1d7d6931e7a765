/// Which worker had which chunk of a document when.
public struct DocumentTimeline: Codable, Hashable, Sendable {
  /// The committed chunks, in the order in which they were committed.
  public var chunks: [ChunkSpan]
  /// Leases that came to nothing and were repeated.
  public var retries: Int
  /// Leases granted on a chunk that another worker was already at; known when the document is encoded.
  public var copies: Int

  /// A timeline from its parts.
  public init(chunks: [ChunkSpan] = [], retries: Int = 0, copies: Int = 0) {
    self.chunks = chunks
    self.retries = retries
    self.copies = copies
  }
}

/// A chunk's way from the lease that led to its result to its commitment. Times are in seconds since the
/// document's first lease that led to a result.
public struct ChunkSpan: Codable, Hashable, Sendable {
  /// The chunk's index.
  public var chunk: Int
  /// The worker that computed it.
  public var worker: String
  /// The number of the lease among those of the chunk, from 1.
  public var attempt: Int
  /// Its length in tokens.
  public var tokens: Int
  /// The tokens before it that were computed as well and not kept.
  public var leadTokens: Int
  /// When the lease was granted. A lane asks for its next chunk shortly before it has done the last one.
  public var leasedSeconds: Double
  /// When all bytes were here and checked.
  public var committedSeconds: Double
  /// The time its lane computed.
  public var computeSeconds: Double
  /// The time its bytes were on their way after its lane had computed them.
  public var wireSeconds: Double

  /// A span from its parts.
  public init(
    chunk: Int,
    worker: String,
    attempt: Int = 1,
    tokens: Int,
    leadTokens: Int = 0,
    leasedSeconds: Double,
    committedSeconds: Double,
    computeSeconds: Double,
    wireSeconds: Double = 0
  ) {
    self.chunk = chunk
    self.worker = worker
    self.attempt = attempt
    self.tokens = tokens
    self.leadTokens = leadTokens
    self.leasedSeconds = leasedSeconds
    self.committedSeconds = committedSeconds
    self.computeSeconds = computeSeconds
    self.wireSeconds = wireSeconds
  }

  private enum CodingKeys: String, CodingKey {
    case chunk, worker, attempt, tokens
    case leadTokens = "lead_tokens"
    case leasedSeconds = "leased_seconds"
    case committedSeconds = "committed_seconds"
    case computeSeconds = "compute_seconds"
    case wireSeconds = "wire_seconds"
  }
}
