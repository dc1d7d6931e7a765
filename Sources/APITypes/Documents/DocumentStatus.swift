package import KVFormat

/// The settings of a document that a client hands in; the text itself travels beside it.
package struct DocumentSubmission: Codable, Hashable, Sendable {
  /// The name to show, usually that of the file.
  package var name: String
  /// The name of the model that encodes it, or `nil` for the coordinator's first.
  package var model: String?
  /// The size of a chunk in tokens, or `nil` for the coordinator's choice.
  package var chunkTokens: Int?
  /// The length of the left context of each chunk in tokens, or `nil` for the coordinator's choice.
  package var leftTokens: Int?
  /// The anchor that chunks are encoded behind, or `nil` for none; not together with ``leftTokens``.
  package var anchor: AnchorLength?
  /// The sink all chunks share: `none`, `bos`, `chat` or a text; `nil` for the coordinator's choice.
  package var sink: String?
  /// The most workers that share the document, or `nil` for all: for measurements.
  package var workers: Int?
  /// The coding of its keys and values on the wire, or `nil` for the coordinator's choice.
  package var wire: CodecChoice?
  /// The content of the summaries that come with its chunks, or `nil` for the coordinator's choice.
  package var summaries: SummaryContent?

  package init(
    name: String,
    model: String? = nil,
    chunkTokens: Int? = nil,
    leftTokens: Int? = nil,
    anchor: AnchorLength? = nil,
    sink: String? = nil,
    workers: Int? = nil,
    wire: CodecChoice? = nil,
    summaries: SummaryContent? = nil
  ) {
    self.model = model
    self.summaries = summaries
    self.workers = workers
    self.wire = wire
    self.name = name
    self.chunkTokens = chunkTokens
    self.leftTokens = leftTokens
    self.anchor = anchor
    self.sink = sink
  }

  private enum CodingKeys: String, CodingKey {
    case name, model, sink, workers, wire, summaries, anchor
    case chunkTokens = "chunk_tokens"
    case leftTokens = "left_tokens"
  }
}

/// The state of a document.
package enum DocumentState: String, Codable, Hashable, Sendable, CaseIterable {
  /// Accepted; no chunk is being encoded yet.
  case queued
  /// Chunks are being encoded.
  case encoding
  /// Encoded and merged: it can be asked about.
  case ready
  /// Failed; the status has the reason.
  case failed
}

/// A document as the coordinator knows it.
package struct DocumentStatus: Codable, Hashable, Sendable {
  /// The id by which it is asked about.
  package var id: String
  /// The name under which it was handed in.
  package var name: String
  /// The name of the model that encodes it and answers about it; nil if not known.
  package var model: String?
  /// Its state.
  package var state: DocumentState
  /// Its length in tokens, without the sink.
  package var tokens: Int
  /// The number of chunks it was cut into.
  package var chunks: Int
  /// The length of the shared sink in tokens.
  package var sinkTokens: Int
  /// Chunks whose KV cache has arrived.
  package var chunksDone: Int
  /// Tokens in these chunks.
  package var tokensDone: Int
  /// The time at which it was handed in, in seconds since 1970.
  package var created: Int
  /// The reason why it failed, in one sentence; nil if it did not.
  package var error: String?
  /// The reason why nobody encodes it now, in one sentence; nil if somebody does or it is over.
  package var waiting: String?
  /// The number of places with invalid UTF-8 that were replaced; nil when there were none.
  package var replacedInvalidBytes: Int?

  package init(
    id: String,
    name: String,
    model: String? = nil,
    state: DocumentState,
    tokens: Int,
    chunks: Int,
    sinkTokens: Int,
    chunksDone: Int = 0,
    tokensDone: Int = 0,
    created: Int,
    error: String? = nil,
    waiting: String? = nil,
    replacedInvalidBytes: Int? = nil
  ) {
    self.id = id
    self.name = name
    self.model = model
    self.state = state
    self.tokens = tokens
    self.chunks = chunks
    self.sinkTokens = sinkTokens
    self.chunksDone = chunksDone
    self.tokensDone = tokensDone
    self.created = created
    self.error = error
    self.waiting = waiting
    self.replacedInvalidBytes = replacedInvalidBytes
  }

  private enum CodingKeys: String, CodingKey {
    case id, name, model, state, tokens, chunks, created, error, waiting
    case sinkTokens = "sink_tokens"
    case chunksDone = "chunks_done"
    case tokensDone = "tokens_done"
    case replacedInvalidBytes = "replaced_invalid_bytes"
  }
}

/// A list in the form of the API: `{"object":"list","data":[...]}`.
package struct ListResponse<Element: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
  /// Always `list`.
  package var object: String
  /// The elements.
  package var data: [Element]

  /// Wraps elements for sending.
  package init(_ data: [Element]) {
    self.object = "list"
    self.data = data
  }
}
