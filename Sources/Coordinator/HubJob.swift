public import KVFormat
internal import Wire

/// One document to be encoded: its chunks, and what their KV looks like.
public struct HubJob: Hashable, Sendable {
  /// The job's UUID as text.
  public let id: String
  /// The tokens every chunk is read after.
  public let sinkTokens: [Int32]
  /// The tokens of each chunk.
  public let chunks: [[Int32]]
  /// For each chunk, the tokens between the sink and its own that it is read after too, and which are not
  /// kept; empty when there are none for any.
  public let leads: [[Int32]]
  /// For each chunk, the position of its first token; empty where each stands right behind what it is read after.
  public let positions: [Int]
  /// The type of the KV's elements.
  public let kvType: KVType
  /// The sizes of the KV.
  public let shape: KVShape
  /// The most workers that share the job; nil for all.
  public let workerLimit: Int?
  /// How the KV is to be coded on the wire.
  public let wire: CodecChoice
  /// Which summary of its keys is to follow each chunk's KV.
  public let summary: SummaryContent
  /// For each chunk, the bytes of its summary; empty without.
  public let summaryByteCounts: [Int]

  /// Describes a job.
  ///
  /// - Parameters:
  ///   - id: A UUID as text.
  ///   - sinkTokens: The tokens every chunk is read after.
  ///   - chunks: The tokens of each chunk.
  ///   - leads: What each chunk is read after besides the sink; empty when there is nothing for any.
  ///   - positions: The position of each chunk's first token; empty for right behind what it is read after.
  ///   - kvType: The type of the KV's elements.
  ///   - shape: The sizes of the KV.
  ///   - workerLimit: The most workers that share the job; nil for all.
  ///   - wire: How the KV is to be coded on the wire.
  ///   - summary: Which summary of its keys is to follow each chunk's KV.
  ///   - summaryByteCounts: For each chunk, the bytes of its summary; empty without.
  public init(
    id: String,
    sinkTokens: [Int32],
    chunks: [[Int32]],
    leads: [[Int32]] = [],
    positions: [Int] = [],
    kvType: KVType = .bf16,
    shape: KVShape,
    workerLimit: Int? = nil,
    wire: CodecChoice = .fixed(.bf16),
    summary: SummaryContent = .none,
    summaryByteCounts: [Int] = []
  ) {
    self.wire = wire
    self.summary = summary
    self.summaryByteCounts = summaryByteCounts
    self.leads = leads
    self.positions = positions
    self.workerLimit = workerLimit
    self.id = id
    self.sinkTokens = sinkTokens
    self.chunks = chunks
    self.kvType = kvType
    self.shape = shape
  }

  /// What a chunk is read after besides the sink.
  func lead(ofChunk chunk: Int) -> [Int32] { leads.isEmpty ? [] : leads[chunk] }

  /// The position of a chunk's first token.
  func position(ofChunk chunk: Int) -> Int {
    positions.isEmpty ? sinkTokens.count + lead(ofChunk: chunk).count : positions[chunk]
  }

  /// The bytes of the summary behind a chunk's KV.
  func summaryByteCount(ofChunk chunk: Int) -> Int {
    summaryByteCounts.isEmpty ? 0 : summaryByteCounts[chunk]
  }

  /// Checks that the job can be worked on.
  ///
  /// - Parameters:
  ///   - identity: What the coordinator has loaded.
  ///   - maximumChunkBytes: The most bytes of one chunk's KV and its summary.
  /// - Returns: The 128 bits of the identifier.
  /// - Throws: ``HubError`` that names the part that is wrong.
  func checked(against identity: ModelIdentity, maximumChunkBytes: Int) throws(HubError) -> UInt128 {
    guard let number = Self.number(of: id) else {
      throw HubError(.invalidJob, "\"\(id)\" is no job identifier: give a UUID")
    }
    guard kvType == identity.kvType, shape == identity.shape else {
      let ours = HubJob(id: "", sinkTokens: [], chunks: [], kvType: identity.kvType, shape: identity.shape)
      throw HubError(
        .invalidJob,
        "the job's KV is \(kvDescription), that of the coordinator's model is \(ours.kvDescription)"
      )
    }
    if let workerLimit, workerLimit < 1 {
      throw HubError(.invalidJob, "a job for \(workerLimit) workers cannot be: give 1 or more")
    }
    guard leads.isEmpty || leads.count == chunks.count else {
      throw HubError(.invalidJob, "job \(id) has \(chunks.count) chunks and leads for \(leads.count)")
    }
    guard positions.isEmpty || positions.count == chunks.count else {
      throw HubError(.invalidJob, "job \(id) has \(chunks.count) chunks and positions for \(positions.count)")
    }
    guard sinkTokens.allSatisfy({ $0 >= 0 }), (chunks + leads).joined().allSatisfy({ $0 >= 0 }) else {
      throw HubError(.invalidJob, "a token of job \(id) is negative")
    }
    try checkSummaries()
    for (index, tokens) in chunks.enumerated() {
      guard !tokens.isEmpty else { throw HubError(.invalidJob, "chunk \(index) has no tokens") }
      let leaseTokens = tokens.count + sinkTokens.count + lead(ofChunk: index).count
      guard leaseTokens <= WireProtocol.maximumTokens else {
        throw HubError(
          .invalidJob,
          "chunk \(index) and what it is read after have \(leaseTokens) tokens; the limit is \(WireProtocol.maximumTokens): use smaller chunks"
        )
      }
      let position = position(ofChunk: index)
      guard (leaseTokens - tokens.count...Int(Int32.max) - leaseTokens).contains(position) else {
        throw HubError(
          .invalidJob,
          "chunk \(index) cannot begin at position \(position) behind \(leaseTokens - tokens.count) tokens"
        )
      }
      guard let bytes = byteCount(ofChunk: index), bytes > 0, bytes <= maximumChunkBytes,
        summaryByteCount(ofChunk: index) <= maximumChunkBytes - bytes
      else {
        throw HubError(
          .invalidJob,
          "the KV and summary of chunk \(index) are over the limit of \(maximumChunkBytes) bytes: use smaller chunks"
        )
      }
    }
    return number
  }

  /// Checks that there is a summary of each chunk or of none, and that they are what is wanted.
  private func checkSummaries() throws(HubError) {
    guard summaryByteCounts.count == (summary == .none ? 0 : chunks.count) else {
      throw HubError(
        .invalidJob,
        "job \(id) has \(chunks.count) chunks and sizes of \(summaryByteCounts.count) summaries of content "
          + summary.rawValue
      )
    }
    guard summaryByteCounts.allSatisfy({ $0 > 0 }) else {
      throw HubError(.invalidJob, "a summary of job \(id) has no bytes")
    }
  }

  /// The size of a chunk's KV in bytes, its summary left out; nil when it cannot be counted.
  func byteCount(ofChunk index: Int) -> Int? {
    shape.byteCount(tokens: chunks[index].count, type: kvType)
  }

  /// How a chunk's KV and its summary travel in a codec, nil where the codec does not suit the KV.
  func coding(ofChunk index: Int, by codec: KVCodec) -> KVCoding? {
    KVCoding(
      codec,
      shape: shape,
      tokens: chunks[index].count,
      type: kvType,
      trailerByteCount: summaryByteCount(ofChunk: index)
    )
  }

  /// What the job says about its KV, for a person.
  var kvDescription: String {
    "\(kvType.rawValue) of \(shape.layers) layers, \(shape.kvHeads) heads of \(shape.headDimension)"
  }

  /// The 128 bits of a UUID, nil when the text is none.
  static func number(of id: String) -> UInt128? {
    let digits = id.filter { $0 != "-" }
    guard digits.utf8.count == 32, !digits.contains("+") else { return nil }
    return UInt128(digits, radix: 16)
  }
}

/// Why a job is refused or has failed, or why the hub cannot start.
public struct HubError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of failure; more kinds may be added.
  public struct Code: Hashable, Sendable {
    private let name: String
    /// The job cannot be taken as it is.
    public static let invalidJob = Code(name: "invalid job")
    /// One chunk failed too often.
    public static let tooManyAttempts = Code(name: "too many attempts")
    /// The job was cancelled.
    public static let cancelled = Code(name: "cancelled")
    /// The coordinator is shutting down.
    public static let shuttingDown = Code(name: "shutting down")
  }

  /// The kind of failure.
  public let code: Code
  /// One sentence for a person.
  public let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
