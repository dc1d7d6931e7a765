internal import APITypes
internal import Benchmarks
internal import CommandLineSupport
internal import HTTPClient
internal import KVFormat
internal import ParallelContext
internal import Runtime
internal import Tables
internal import Tokenizers
internal import Transformer

/// What a scaling benchmark is made of.
struct ScalingSetup: Sendable {
  var modelPath: String
  var compute: PrecisionChoice
  /// Numbers of workers.
  var workers: [Int]
  /// Tokens of the document, in weak scaling of each worker; nil for all of the document, or for the usual.
  var tokens: Int?
  /// The document; nil for a made-up text.
  var document: DocumentFile?
  var isWeak: Bool
  var chunkTokens: Int
  /// Tokens before a chunk that it is read after; nil for the usual.
  var leftTokens: Int?
  var sink: String?
  /// Lanes of each worker that is started here.
  var lanes: Int
  var repetitions: Int
  /// The coordinator whose workers are measured; nil for workers that are started here.
  var coordinator: CoordinatorURL?
  var includesSingleProcess: Bool
  var includesFullAttention: Bool
  /// Further lengths; nil for the usual, if any are wanted.
  var lengths: [Int]?
  var wantsLengths: Bool

  static let usualTokens = 32768
}

/// A document of one length: its text, and how it will be cut.
struct ScalingDocument: Sendable {
  var bytes: [UInt8]
  var tokens: [Int32]
  var plan: ContextPlan

  var chunks: [[Int32]] { plan.chunks.map { Array(tokens[$0]) } }
  var leads: [[Int32]] { plan.chunks.indices.map { Array(tokens[plan.lead(of: $0)]) } }
}

/// Makes the documents of a scaling benchmark.
struct ScalingTexts: Sendable {
  private let tokenizer: Tokenizer
  private let source: [Int32]
  private let contextLength: Int
  private let chunkTokens: Int
  let sink: [Int32]
  let leftTokens: Int

  /// Reads the document, or makes one up.
  ///
  /// - Parameters:
  ///   - loaded: The model.
  ///   - setup: What to make.
  ///   - madeUpTokens: The length of a text that is made up.
  /// - Throws: ``CommandFailure`` for a sink or a size that the model does not have.
  init(_ loaded: LoadedModel, _ setup: ScalingSetup, madeUpTokens: Int) throws {
    tokenizer = try loaded.makeTokenizer()
    contextLength = loaded.model.configuration.contextLength
    chunkTokens = setup.chunkTokens
    let tokenizer = tokenizer
    sink = try reportingBadInput { try PromptWriter(tokenizer: tokenizer).sink(setup.sink) }
    leftTokens = setup.leftTokens ?? 0
    // Before lanes reserve memory for such a chunk.
    guard chunkTokens + leftTokens <= contextLength - sink.count else {
      throw CommandFailure(
        .badInput,
        "A chunk of \(chunkTokens) tokens, --chunk-tokens, and the \(leftTokens) before it, --left, do not fit: the model's "
          + "context of \(contextLength) tokens less the sink's \(sink.count) leaves \(max(0, contextLength - sink.count))."
      )
    }
    if let document = setup.document {
      source = tokenizer.encode(utf8: document.bytes)
    } else {
      var (text, whole, count) = (BenchmarkText(), "", 0)
      while count < madeUpTokens {
        let paragraph = text.paragraph()
        whole += paragraph
        count += tokenizer.encode(paragraph).count
      }
      // Read as one text, as the coordinator reads it: a paragraph's end depends on what follows.
      source = tokenizer.encode(whole)
    }
  }

  /// The most tokens there are.
  var availableTokens: Int { source.count }

  /// The document's beginning, of as many tokens.
  ///
  /// - Throws: ``CommandFailure`` when there are fewer, or when chunks do not fit the model.
  func document(tokens count: Int) throws -> ScalingDocument {
    guard count <= source.count else {
      throw CommandFailure(
        .badInput,
        "The document has \(Quantities.count(source.count)) tokens and \(Quantities.count(count)) are needed: give "
          + "a longer one, or fewer --tokens."
      )
    }
    let bytes = beginning(count)
    let tokens = tokenizer.encode(utf8: bytes)
    let plan = try reportingBadInput {
      try ContextPlan(
        boundaries: tokenizer.boundaries(of: tokens),
        cutting: .size(chunkTokens),
        sinkTokens: sink,
        lead: Lead(left: leftTokens),
        contextLength: contextLength
      )
    }
    return ScalingDocument(bytes: bytes, tokens: tokens, plan: plan)
  }

  /// Text that is read as so many tokens: a cut within a word may be read otherwise than before, so the last few
  /// tokens may give way to words of one token each.
  private func beginning(_ count: Int) -> [UInt8] {
    for replaced in 0..<min(8, count) {
      let text =
        tokenizer.decode(source.prefix(count - replaced)) + String(repeating: " the", count: replaced)
      let bytes = Array(text.utf8)
      if tokenizer.encode(utf8: bytes).count == count { return bytes }
    }
    return Array(tokenizer.decode(source.prefix(count)).utf8)
  }
}

/// The coordinator whose workers are measured.
protocol ScalingTarget: Sendable {
  /// Whether it is this process.
  var isHere: Bool { get }
  func submit(_ submission: DocumentSubmission, bytes: [UInt8]) async throws -> DocumentStatus
  func summary(_ id: String) async throws -> EncodeSummary
  func timeline(_ id: String) async throws -> DocumentTimeline
  func delete(_ id: String) async throws
  func workers() async throws -> [WorkerStatus]
}

/// A coordinator in this process.
struct LocalTarget: ScalingTarget {
  let coordinator: any LocalCoordinator
  var isHere: Bool { true }

  func submit(_ submission: DocumentSubmission, bytes: [UInt8]) async throws -> DocumentStatus {
    try await coordinator.submit(submission, bytes: bytes)
  }
  func summary(_ id: String) async throws -> EncodeSummary { try await end(of: coordinator.events(id)) }
  func timeline(_ id: String) async throws -> DocumentTimeline { try await coordinator.timeline(id) }
  func delete(_ id: String) async throws { try await coordinator.delete(id) }
  func workers() async throws -> [WorkerStatus] { try await coordinator.workers() }
}

/// A coordinator elsewhere.
struct RemoteTarget: ScalingTarget {
  let client: CoordinatorClient
  var isHere: Bool { false }

  func submit(_ submission: DocumentSubmission, bytes: [UInt8]) async throws -> DocumentStatus {
    try await client.submit(submission, bytes: bytes)
  }
  func summary(_ id: String) async throws -> EncodeSummary { try await end(of: client.events(id)) }
  func timeline(_ id: String) async throws -> DocumentTimeline { try await client.timeline(id) }
  func delete(_ id: String) async throws { try await client.delete(id) }
  func workers() async throws -> [WorkerStatus] { try await client.workers() }
}

/// Waits for a document's last event.
private func end<Events: AsyncSequence>(of events: Events) async throws -> EncodeSummary
where Events.Element == DocumentEvent {
  for try await event in events {
    switch event {
    case .progress: continue
    case .done(let summary): return summary
    case .failed(let message): throw CommandFailure(.failed, message)
    }
  }
  try Task.checkCancellation()
  throw CommandFailure(.failed, "The encoding ended without a result.")
}
