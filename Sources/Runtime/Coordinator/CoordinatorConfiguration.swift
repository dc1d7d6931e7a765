package import Addresses
package import KVFormat
package import Transformer

/// Options for starting a coordinator.
package struct CoordinatorConfiguration: Sendable {
  /// The tokens of a chunk for which no size is asked.
  package static let usualChunkTokens = 1024

  /// The address that workers dial; port 0 takes a free one.
  package var listen: CoordinatorAddress
  /// The secret that workers must show; nil for none.
  package var workerToken: String?
  /// The most connections of workers at a time; a worker has two. Nil for the hub's default.
  package var workerConnections: Int?
  /// The most tokens of a chunk, for a document that requests no size.
  package var chunkTokens = Self.usualChunkTokens
  /// The coding of keys and values on the wire, for a document that requests none.
  package var wire = CodecChoice.fixed(.bf16)
  /// The content of the summaries that come with chunks, for a document that requests none.
  package var summaries = SummaryContent.sketch
  /// Lanes to count on even if their workers have not registered yet.
  package var expectedLanes = 0
  /// The most tokens of an answer for which no length is requested.
  package var answerTokens = 256
  /// The number of threads that answer questions.
  package var threads: Int
  /// The most questions of a model that are answered together where memory allows; further ones wait.
  package var questionsTogether = 16
  /// The most questions that wait or are answered at a time.
  package var waitingQuestions = 64
  /// The most bytes of keys and values, and of their summaries, held for documents; one that would exceed it
  /// is refused.
  package var documentBytes: Int
  /// The origin of ``documentBytes``, for the message of a refusal: "half of what is left of ...".
  package var documentBytesReason = "what it was told to hold"

  /// Makes a configuration; all other options have defaults.
  ///
  /// - Parameters:
  ///   - listen: The address that workers dial.
  ///   - workerToken: The secret that workers must show.
  ///   - threads: The number of threads that answer questions.
  ///   - documentBytes: The most bytes of keys and values held.
  package init(listen: CoordinatorAddress, workerToken: String? = nil, threads: Int, documentBytes: Int) {
    self.listen = listen
    self.workerToken = workerToken
    self.threads = threads
    self.documentBytes = documentBytes
  }

  /// The most questions of a model that are answered together: as many as have room for keys, values and logits in a
  /// quarter of the memory that documents may take.
  ///
  /// - Parameter model: The model's sizes.
  /// - Returns: From 1 to ``questionsTogether``.
  package func questionsTogether(by model: ModelConfiguration) -> Int {
    // A question is taken to be as long as its answer.
    let tail = KVCacheShape(model, tokens: min(2 * max(1, answerTokens), model.contextLength), type: .bf16)
    let logits = ClampedSize.product(2, model.vocabulary, MemoryLayout<Float>.stride)
    let answer = max(1, ClampedSize.sum([tail.byteCount, logits]))
    return max(1, min(questionsTogether, documentBytes / 4 / answer))
  }
}
