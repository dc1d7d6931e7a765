/// The worker and the times of each committed chunk of a document.
package struct DocumentTimeline: Codable, Hashable, Sendable {
  /// The committed chunks, in the order in which they were committed.
  package var chunks: [ChunkSpan]
  /// Leases that failed and were repeated.
  package var retries: Int
  /// Leases of a chunk that another worker was already encoding; known when the document is encoded.
  package var copies: Int

  package init(chunks: [ChunkSpan] = [], retries: Int = 0, copies: Int = 0) {
    self.chunks = chunks
    self.retries = retries
    self.copies = copies
  }
}

/// The times of a chunk, from the lease that led to its result to its commit, in seconds since the document's
/// first such lease.
package struct ChunkSpan: Codable, Hashable, Sendable {
  /// The chunk's index.
  package var chunk: Int
  /// The worker that computed it.
  package var worker: String
  /// The number of the lease among those of the chunk, from 1.
  package var attempt: Int
  /// Its length in tokens.
  package var tokens: Int
  /// The tokens before it that were computed as well and not kept.
  package var leadTokens: Int
  /// The time of the lease. A lane asks for its next chunk shortly before it has done the last one.
  package var leasedSeconds: Double
  /// The time at which all bytes were here and checked.
  package var committedSeconds: Double
  /// The seconds that its lane computed.
  package var computeSeconds: Double
  /// The seconds that its bytes travelled after its lane had computed them.
  package var wireSeconds: Double

  package init(
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
