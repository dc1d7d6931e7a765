public import KVFormat

/// What encoding a document came to, and where the time went.
///
/// The JSON keys are stable and carry their unit.
public struct EncodeSummary: Codable, Hashable, Sendable {
  /// The size of the document.
  public var document: DocumentFigures
  /// Times, rate and traffic of the whole job.
  public var encode: EncodeFigures
  /// The share of every worker that returned a chunk.
  public var workers: [WorkerFigures]
  /// True when a chunk was not computed but replayed from a recording, so that times say nothing about
  /// computing; else nil.
  public var replayed: Bool?

  /// A summary of one encoded document.
  public init(
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
public struct DocumentFigures: Codable, Hashable, Sendable {
  /// Its length in tokens, without the sink.
  public var tokens: Int
  /// The number of chunks.
  public var chunks: Int
  /// The size of a chunk that was aimed at, in tokens; chunks end at a paragraph or a line nearby.
  public var chunkTokens: Int
  /// Whether chunks were made smaller than usual, so that every lane has one.
  public var chunksShrunk: Bool
  /// The length of the shared sink in tokens.
  public var sinkTokens: Int

  /// The size of one document.
  public init(tokens: Int, chunks: Int, chunkTokens: Int, chunksShrunk: Bool = false, sinkTokens: Int) {
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
  }
}

/// Times, rate and traffic of one encoding.
public struct EncodeFigures: Codable, Hashable, Sendable {
  /// From the first lease to the merged context.
  public var seconds: Double
  /// From submission to the first lease: reading and cutting the document, its sink, and waiting for workers
  /// that start or have other documents to encode.
  public var waitSeconds: Double
  /// Document tokens over ``seconds``.
  public var tokensPerSecond: Double
  /// The computing time of a lane of the worker that computed longest: the worker's sum over its lanes.
  public var computeSecondsMax: Double
  /// The computing time of a lane, on average over the workers.
  public var computeSecondsMean: Double
  /// ``seconds`` over ``computeSecondsMax``: 1 when everything else is hidden behind compute; nil when nothing
  /// was computed.
  public var wallOverCompute: Double?
  /// Time in which KV data was on the wire and nothing was being computed.
  public var wireSeconds: Double
  /// Time to put the chunks together.
  public var mergeSeconds: Double
  /// How the KV data was coded on the wire: `bf16`, `int8`, or `mixed` where chunks differ.
  public var wire: String
  /// Bytes received: KV data as it was coded, and summaries of keys.
  public var wireBytes: Int
  /// Attempts that had to be repeated.
  public var retries: Int

  /// The figures of one encoding.
  public init(
    seconds: Double,
    waitSeconds: Double,
    tokensPerSecond: Double,
    computeSecondsMax: Double,
    computeSecondsMean: Double,
    wallOverCompute: Double?,
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
    self.wireSeconds = wireSeconds
    self.mergeSeconds = mergeSeconds
    self.wire = wire
    self.wireBytes = wireBytes
    self.retries = retries
  }

  private enum CodingKeys: String, CodingKey {
    case seconds, retries, wire
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
public struct WorkerFigures: Codable, Hashable, Sendable {
  /// The worker's id.
  public var id: String
  /// Chunks it returned.
  public var chunks: Int
  /// Tokens of these chunks over its computing time.
  public var tokensPerSecond: Double

  /// One worker's share.
  public init(id: String, chunks: Int, tokensPerSecond: Double) {
    self.id = id
    self.chunks = chunks
    self.tokensPerSecond = tokensPerSecond
  }

  private enum CodingKeys: String, CodingKey {
    case id, chunks
    case tokensPerSecond = "tokens_per_second"
  }
}
