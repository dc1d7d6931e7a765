internal import Failures
package import KVFormat
package import Scheduling
internal import Wire

/// A document to be encoded: its chunks, and the form of their KV caches.
package struct HubJob: Hashable, Sendable {
  /// The job's UUID as text.
  package let id: String
  /// The model that encodes the chunks.
  package let model: ModelIndex
  /// The tokens of the sink, which every chunk is encoded behind.
  package let sinkTokens: [Int32]
  /// The tokens of each chunk.
  package let chunks: [[Int32]]
  /// The lead of each chunk: tokens between sink and chunk that it is encoded behind and that are not kept.
  /// Empty if no chunk has a lead.
  package let leads: [[Int32]]
  /// The position of each chunk's first token; empty if each chunk is right behind its sink and lead.
  package let positions: [Int]
  /// The type of the KV cache's elements.
  package let kvType: KVType
  /// The sizes of the KV cache.
  package let shape: KVShape
  /// The most workers that share the job; nil for all.
  package let workerLimit: Int?
  /// The rule for the codec of each chunk.
  package let wire: CodecChoice
  /// The content of the summary that follows each chunk's KV cache.
  package let summary: SummaryContent
  /// The bytes of each chunk's summary; empty without summaries.
  package let summaryByteCounts: [Int]

  package init(
    id: String,
    model: ModelIndex = .first,
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
    self.model = model
    self.sinkTokens = sinkTokens
    self.chunks = chunks
    self.kvType = kvType
    self.shape = shape
  }

  /// Returns the lead of a chunk.
  func lead(ofChunk chunk: Int) -> [Int32] { leads.isEmpty ? [] : leads[chunk] }

  /// Returns the position of a chunk's first token.
  func position(ofChunk chunk: Int) -> Int {
    positions.isEmpty ? sinkTokens.count + lead(ofChunk: chunk).count : positions[chunk]
  }

  /// Returns the bytes of the summary behind a chunk's KV cache.
  func summaryByteCount(ofChunk chunk: Int) -> Int {
    summaryByteCounts.isEmpty ? 0 : summaryByteCounts[chunk]
  }

  /// Checks that the job can be worked on.
  ///
  /// - Parameters:
  ///   - identities: The identities of the coordinator's models.
  ///   - maximumChunkBytes: The most bytes of one chunk's KV cache and its summary.
  /// - Returns: The 128 bits of the identifier.
  /// - Throws: ``HubError`` that names the part that is wrong.
  func checked(against identities: [ModelIdentity], maximumChunkBytes: Int) throws(HubError) -> UInt128 {
    guard let number = Self.number(of: id) else {
      throw HubError(.invalidJob, "\"\(id)\" is no job identifier: give a UUID")
    }
    guard identities.indices.contains(model.rawValue) else {
      throw HubError(
        .invalidJob,
        "job \(id) is of \(model), the coordinator has \(identities.count) models, numbered from 0"
      )
    }
    let identity = identities[model.rawValue]
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

  /// Checks that every chunk has a summary, or none has if the job asks for none.
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

  /// Returns the bytes of a chunk's KV cache without its summary; nil when they cannot be counted.
  func byteCount(ofChunk index: Int) -> Int? {
    shape.byteCount(tokens: chunks[index].count, type: kvType)
  }

  /// Returns the coding of a chunk's KV cache and summary; nil if the codec does not suit the KV cache.
  func coding(ofChunk index: Int, by codec: KVCodec) -> KVCoding? {
    KVCoding(
      codec,
      shape: shape,
      tokens: chunks[index].count,
      type: kvType,
      trailerByteCount: summaryByteCount(ofChunk: index)
    )
  }

  /// The form of the job's KV cache, for a person.
  var kvDescription: String {
    "\(kvType.rawValue) of \(shape.layers) layers, \(shape.kvHeads) heads of \(shape.headDimension)"
  }

  /// Returns the 128 bits of a UUID; nil if the text is none.
  static func number(of id: String) -> UInt128? {
    let digits = id.filter { $0 != "-" }
    guard digits.utf8.count == 32, !digits.contains("+") else { return nil }
    return UInt128(digits, radix: 16)
  }
}

/// Why a job is refused or has failed, or why the hub cannot start.
package struct HubError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// The job cannot be taken as it is.
    case invalidJob
    /// One chunk failed too often.
    case tooManyAttempts
    /// The job was cancelled.
    case cancelled
    /// The coordinator is shutting down.
    case shuttingDown
  }

  /// The kind of the failure.
  package let code: Code
  /// One sentence for a person.
  package let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}
