public import Addresses
public import KVFormat

/// What a coordinator is made of.
public struct CoordinatorConfiguration: Sendable {
  /// Where workers dial; port 0 takes a free one.
  public var listen: CoordinatorAddress
  /// The secret that workers must show; nil asks for none.
  public var workerToken: String?
  /// The most connections of workers at a time; a worker has two. Nil for the hub's default.
  public var workerConnections: Int?
  /// The most tokens of a chunk, for a document that asks for no other size.
  public var chunkTokens = 1024
  /// How keys and values travel, for a document that asks for no other way.
  public var wire = CodecChoice.fixed(.bf16)
  /// Which summaries of their keys come with the chunks, for a document that asks for no others.
  public var summaries = SummaryContent.sketch
  /// Lanes that will be there even if their workers have not registered yet.
  public var expectedLanes = 0
  /// The most tokens of an answer that asks for no other length.
  public var answerTokens = 256
  /// Threads that answer questions.
  public var threads: Int
  /// How many questions may wait or run at a time.
  public var waitingQuestions = 64
  /// The most bytes of keys and values, and of their summaries, held for documents; one that would exceed it
  /// is refused.
  public var documentBytes: Int
  /// Where ``documentBytes`` comes from, for whoever is refused: "half of what is left of ...".
  public var documentBytesReason = "what it was told to hold"

  /// Makes a configuration; everything else has a default.
  ///
  /// - Parameters:
  ///   - listen: Where workers dial.
  ///   - workerToken: The secret that workers must show.
  ///   - threads: Threads that answer questions.
  ///   - documentBytes: The most bytes of keys and values held.
  public init(listen: CoordinatorAddress, workerToken: String? = nil, threads: Int, documentBytes: Int) {
    self.listen = listen
    self.workerToken = workerToken
    self.threads = threads
    self.documentBytes = documentBytes
  }
}
