internal import KVFormat

/// The result of encoding a document, with its times.
///
/// The JSON keys are stable and carry their unit.
package struct EncodeSummary: Codable, Hashable, Sendable {
  /// The size of the document.
  package var document: DocumentFigures
  /// Times, rate and traffic of the whole job.
  package var encode: EncodeFigures
  /// The share of every worker that returned a chunk.
  package var workers: [WorkerFigures]
  /// True when a chunk was not computed but replayed from a recording, so that times say nothing about
  /// computing; else nil.
  package var replayed: Bool?

  package init(
    document: DocumentFigures,
    encode: EncodeFigures,
    workers: [WorkerFigures],
    replayed: Bool? = nil
  ) {
    self.replayed = replayed
    self.document = document
    self.encode = encode
    self.workers = workers
  }
}

/// The size of a document.
package struct DocumentFigures: Codable, Hashable, Sendable {
  /// Its length in tokens, without the sink.
  package var tokens: Int
  /// The number of chunks.
  package var chunks: Int
  /// The intended size of a chunk, in tokens; chunks end at a paragraph or a line nearby.
  package var chunkTokens: Int
  /// True if chunks were made smaller than usual, so that every lane has one.
  package var chunksShrunk: Bool
  /// The length of the shared sink in tokens.
  package var sinkTokens: Int
  /// The bytes of keys and values, in bf16, that are neither shipped nor kept, since no later question can see
  /// them: in layers with a window, all but the last tokens of each chunk. Nil for models without windows.
  package var hiddenBytes: Int?

  package init(
    tokens: Int,
    chunks: Int,
    chunkTokens: Int,
    chunksShrunk: Bool = false,
    sinkTokens: Int,
    hiddenBytes: Int? = nil
  ) {
    self.hiddenBytes = hiddenBytes
    self.tokens = tokens
    self.chunks = chunks
    self.chunkTokens = chunkTokens
    self.chunksShrunk = chunksShrunk
    self.sinkTokens = sinkTokens
  }

  private enum CodingKeys: String, CodingKey {
    case tokens, chunks
    case chunkTokens = "chunk_tokens"
    case chunksShrunk = "chunks_shrunk"
    case sinkTokens = "sink_tokens"
    case hiddenBytes = "hidden_bytes"
  }
}

/// Times, rate and traffic of one encoding.
package struct EncodeFigures: Codable, Hashable, Sendable {
  /// Seconds from the first lease to the merged context.
  package var seconds: Double
  /// Seconds from submission to the first lease: reading and cutting the document, its sink, and waiting for
  /// workers that start or have other documents to encode.
  package var waitSeconds: Double
  /// Document tokens over ``seconds``.
  package var tokensPerSecond: Double
  /// The largest computing time per lane of any worker: the sum over its lanes, divided by their number.
  package var computeSecondsMax: Double
  /// The computing time per lane, on average over the workers.
  package var computeSecondsMean: Double
  /// ``seconds`` over ``computeSecondsMax``: 1 when everything else is hidden behind computing; nil when
  /// nothing was computed.
  package var wallOverCompute: Double?
  /// The precision of the arithmetic: `bf16`, `int8`, `f32`, or `mixed` where workers differ; nil if it is not known.
  package var compute: String?
  /// The largest time per lane of any worker for which bytes travelled after they were computed.
  package var wireSeconds: Double
  /// Seconds to merge the chunks.
  package var mergeSeconds: Double
  /// The coding of KV data on the wire: `bf16`, `int8`, or `mixed` where chunks differ.
  package var wire: String
  /// Bytes received: KV data as it was coded, and summaries of keys.
  package var wireBytes: Int
  /// Attempts that had to be repeated.
  package var retries: Int

  package init(
    seconds: Double,
    waitSeconds: Double,
    tokensPerSecond: Double,
    computeSecondsMax: Double,
    computeSecondsMean: Double,
    wallOverCompute: Double?,
    compute: String? = nil,
    wireSeconds: Double,
    mergeSeconds: Double,
    wire: String = KVCodec.bf16.rawValue,
    wireBytes: Int,
    retries: Int
  ) {
    self.seconds = seconds
    self.waitSeconds = waitSeconds
    self.tokensPerSecond = tokensPerSecond
    self.computeSecondsMax = computeSecondsMax
    self.computeSecondsMean = computeSecondsMean
    self.wallOverCompute = wallOverCompute
    self.compute = compute
    self.wireSeconds = wireSeconds
    self.mergeSeconds = mergeSeconds
    self.wire = wire
    self.wireBytes = wireBytes
    self.retries = retries
  }

  private enum CodingKeys: String, CodingKey {
    case seconds, retries, wire, compute
    case waitSeconds = "wait_seconds"
    case tokensPerSecond = "tokens_per_second"
    case computeSecondsMax = "compute_seconds_max"
    case computeSecondsMean = "compute_seconds_mean"
    case wallOverCompute = "wall_over_compute"
    case wireSeconds = "wire_seconds"
    case mergeSeconds = "merge_seconds"
    case wireBytes = "wire_bytes"
  }
}

/// One worker's share of a document.
package struct WorkerFigures: Codable, Hashable, Sendable {
  /// The worker's id.
  package var id: String
  /// Chunks it returned.
  package var chunks: Int
  /// Tokens of these chunks over its computing time.
  package var tokensPerSecond: Double

  package init(id: String, chunks: Int, tokensPerSecond: Double) {
    self.id = id
    self.chunks = chunks
    self.tokensPerSecond = tokensPerSecond
  }

  private enum CodingKeys: String, CodingKey {
    case id, chunks
    case tokensPerSecond = "tokens_per_second"
  }
}
