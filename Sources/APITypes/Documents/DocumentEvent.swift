/// An event in the encoding of a document.
///
/// A stream of events ends after ``done(_:)`` or ``failed(message:)``.
package enum DocumentEvent: Hashable, Sendable {
  /// Its progress. Only the latest counts: a slow reader may miss earlier ones.
  case progress(EncodeProgress)
  /// It is ready to be asked about.
  case done(EncodeSummary)
  /// It failed, for a reason in one sentence.
  case failed(message: String)
}

/// The progress of a document's encoding.
package struct EncodeProgress: Codable, Hashable, Sendable {
  /// Chunks whose KV cache has arrived.
  package var chunksDone: Int
  /// All chunks.
  package var chunks: Int
  /// Tokens in the chunks that have arrived.
  package var tokensDone: Int
  /// All tokens, without the sink.
  package var tokens: Int
  /// The rate so far; zero before the first chunk has arrived.
  package var tokensPerSecond: Double
  /// The seconds left at this rate; nil until it is known.
  package var secondsLeft: Double?
  /// Workers connected now.
  package var workers: Int
  /// Attempts that were repeated so far.
  package var retries: Int

  package init(
    chunksDone: Int,
    chunks: Int,
    tokensDone: Int,
    tokens: Int,
    tokensPerSecond: Double,
    secondsLeft: Double? = nil,
    workers: Int,
    retries: Int = 0
  ) {
    self.chunksDone = chunksDone
    self.chunks = chunks
    self.tokensDone = tokensDone
    self.tokens = tokens
    self.tokensPerSecond = tokensPerSecond
    self.secondsLeft = secondsLeft
    self.workers = workers
    self.retries = retries
  }

  private enum CodingKeys: String, CodingKey {
    case chunks, tokens, workers, retries
    case chunksDone = "chunks_done"
    case tokensDone = "tokens_done"
    case tokensPerSecond = "tokens_per_second"
    case secondsLeft = "seconds_left"
  }
}

extension DocumentEvent {
  /// The name of the event in a server-sent stream.
  package var name: String {
    switch self {
    case .progress: "progress"
    case .done: "done"
    case .failed: "failed"
    }
  }

  /// True if the stream ends with this event.
  package var isFinal: Bool {
    switch self {
    case .progress: false
    case .done, .failed: true
    }
  }

  /// The data of the event in a server-sent stream: one line of JSON.
  ///
  /// - Throws: `EncodingError` for a figure that is infinite or not a number.
  package func jsonData() throws -> [UInt8] {
    switch self {
    case .progress(let progress): try APIJSON.encode(progress)
    case .done(let summary): try APIJSON.encode(summary)
    case .failed(let message): try APIJSON.encode(APIErrorResponse(ServiceError(.failed, message)))
    }
  }

  /// Reads an event of a server-sent stream; `nil` for a name of a later version, which a reader skips.
  ///
  /// - Parameters:
  ///   - name: The event's name.
  ///   - data: Its JSON.
  /// - Throws: `DecodingError` when the JSON does not fit the name.
  package init?(name: String, data: some Sequence<UInt8>) throws {
    switch name {
    case "progress": self = .progress(try APIJSON.decode(EncodeProgress.self, from: data))
    case "done": self = .done(try APIJSON.decode(EncodeSummary.self, from: data))
    case "failed":
      self = .failed(message: try APIJSON.decode(APIErrorResponse.self, from: data).error.message)
    default: return nil
    }
  }
}
