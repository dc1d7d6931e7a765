internal import APITypes
internal import Addresses
internal import Benchmarks
internal import CommandLineSupport
internal import GGUF
internal import HTTPAPI
internal import KVFormat
internal import Logging
internal import Machine
internal import ParallelContext
internal import Recordings
internal import Runtime
internal import ServiceLifecycle
internal import SystemText
internal import Tables
internal import Tokenizers
internal import Transformer
internal import Worker

/// A coordinator in this process.
protocol LocalCoordinator: CoordinatorService, Service {
  /// Where its workers dial, with the actual port.
  var controlAddress: String { get }
  /// What people are to be told once about the model; nil where there is nothing.
  var modelWarning: String? { get }
}

extension CoordinatorNode: LocalCoordinator {}

/// What a coordinator is made of.
struct CoordinatorSetup: Sendable {
  var modelPath: String
  var listen: CoordinatorAddress
  var compute: PrecisionChoice
  /// The secret workers must show, if any.
  var token: String?
  /// Whether an address without encryption may be reachable from other machines.
  var insecure: Bool
  /// Lanes that will be there even if their workers have not registered yet.
  var expectedLanes = 0
  /// How keys and values travel for documents that ask for no other way; nil for the default.
  var wire: CodecChoice?
  /// Which summaries come with the chunks of documents that ask for no others; nil for the default.
  var summaries: SummaryContent?
  var logger: Logger
}

/// What a worker is made of.
struct WorkerSetup: Sendable {
  var modelPath: String
  var coordinator: CoordinatorAddress
  var lanes: Int
  /// The processors that the lanes stay on; empty for any.
  var processors: [Int]
  var compute: PrecisionChoice
  var name: String
  var token: String?
  /// Whether it waits for a new coordinator when its own one sends it away.
  var staysAfterDrain: Bool
  /// The folder in which its chunks are recorded; nil for none.
  var record: String?
  var logger: Logger
}

/// Loads the model and binds the workers' sockets.
func makeCoordinator(_ setup: CoordinatorSetup) async throws -> any LocalCoordinator {
  guard setup.listen.isLoopback || setup.insecure else {
    throw CommandFailure(
      .usage,
      "\(setup.listen) can be reached from other machines and is not encrypted; give --insecure if the network is yours alone"
    )
  }
  return try makeCoordinator(setup, try await load(setup.modelPath, setup.compute, withHead: true))
}

/// Binds the workers' sockets for a model that is loaded; without its head it answers no questions.
func makeCoordinator(_ setup: CoordinatorSetup, _ loaded: LoadedModel) throws -> any LocalCoordinator {
  // After the model, which has taken its part.
  let memory = availableMemory()
  setup.logger.info(
    """
    answers with \(Quantities.counted(availableCores(), "thread")): \(processorAllowance); holds documents of \
    \(Quantities.bytes(memory.left / 2)), half of what is left of \(memory.limit)
    """
  )
  var configuration = CoordinatorConfiguration(
    listen: setup.listen,
    threads: availableCores(),
    documentBytes: memory.left / 2
  )
  configuration.documentBytesReason = "half of what is left of \(memory.limit)"
  configuration.workerToken = setup.token
  configuration.workerConnections = DescriptorLimit.workerConnections()
  configuration.expectedLanes = setup.expectedLanes
  if let wire = setup.wire { configuration.wire = wire }
  if let summaries = setup.summaries { configuration.summaries = summaries }
  return try CoordinatorNode(loaded: loaded, configuration: configuration, logger: setup.logger)
}

/// Loads the model.
func makeWorker(_ setup: WorkerSetup) async throws -> any Service {
  let loaded = try await load(setup.modelPath, setup.compute, withHead: false)
  let model = loaded.model
  var configuration = WorkerConfiguration(
    coordinator: setup.coordinator,
    lanes: setup.lanes,
    identity: loaded.identity,
    compute: model.compute,
    name: setup.name
  )
  configuration.workerToken = setup.token ?? ""
  configuration.processors = setup.processors
  configuration.staysAfterDrain = setup.staysAfterDrain
  // A coded layer takes the place of the plain one, which is still to be recorded.
  if setup.record != nil { configuration.codecs = [] }
  setup.logger.info(
    "ready in \(Quantities.seconds(secondsSinceStart()))",
    metadata: ["compute": "\(model.compute)", "instructions": "\(instructionSetName())"]
  )
  let folder = try setup.record.map { path throws(CommandFailure) in
    try recordingFolder(path, RecordedModel(identity: configuration.identity, compute: configuration.compute))
  }
  return try WorkerService(configuration: configuration, logger: setup.logger) { _ in
    let encoder = try ModelLaneEncoder(model: model)
    return if let folder { RecordingEncoder(encoder, into: folder) } else { encoder }
  }
}

/// What an encode benchmark is made of.
struct EncodeBenchmarkSetup: Sendable {
  var modelPath: String
  /// Tokens of the document.
  var tokens: Int
  var chunkTokens: Int
  var lanes: Int
  var compute: PrecisionChoice
}

/// Loads the model at the precision asked for and, where that is another, in bf16 too.
func makeEncodeBenchmarks(
  _ setup: EncodeBenchmarkSetup
) async throws -> (EncodeBenchmark, bf16: EncodeBenchmark?) {
  func make(_ loaded: LoadedModel) async throws -> EncodeBenchmark {
    let tokenizer = try loaded.makeTokenizer()
    let opening = tokenizer.encode(tokenizer.chatTemplate.opening(), special: .parse)
    do {
      return try await EncodeBenchmark(
        model: loaded.model,
        tokens: benchmarkTokens(setup.tokens, tokenizer),
        chunkTokens: setup.chunkTokens,
        sink: tokenizer.leadingTokens + opening,
        lanes: setup.lanes
      )
    } catch let error as ModelError {
      throw CommandFailure(.badInput, "\(error)")
    }
  }
  let loaded = try await load(setup.modelPath, setup.compute, withHead: false)
  guard loaded.model.compute != .bf16, Precision.bf16.isSupported else {
    return (try await make(loaded), nil)
  }
  return (try await make(loaded), bf16: try await make(load(setup.modelPath, .fixed(.bf16), withHead: false)))
}

/// What a query benchmark is made of.
struct QueryBenchmarkSetup: Sendable {
  var modelPath: String
  var contexts: [Int]
  var chunkTokens: Int
  var questionTokens: Int
  /// Tokens of an answer that are timed.
  var tokens: Int
  var threads: Int
  /// How the contexts are read, in the textual form.
  var policy: String
  var compute: PrecisionChoice
}

/// Loads the model and encodes the contexts.
func makeQueryBenchmark(
  _ setup: QueryBenchmarkSetup,
  progress: @escaping @Sendable (Int, Int) -> Void
) async throws -> QueryBenchmark {
  let loaded = try await load(setup.modelPath, setup.compute, withHead: true)
  do {
    let configuration = QueryBenchmark.Configuration(
      contexts: setup.contexts,
      chunkTokens: setup.chunkTokens,
      questionTokens: setup.questionTokens,
      tokens: setup.tokens,
      threads: setup.threads,
      reading: try benchmarkReading(setup.policy),
      policyName: setup.policy
    )
    let longest = setup.contexts.max() ?? 0
    let bytes = KVCacheShape(loaded.model.configuration, tokens: longest, type: .bf16).byteCount
    let memory = availableMemory()
    guard bytes <= memory.left / 2 else {
      throw CommandFailure(
        .badInput,
        "A context of \(longest) tokens needs \(Quantities.bytes(bytes)), more than \(Quantities.bytes(memory.left / 2)), "
          + "half of what is left of \(memory.limit): give a shorter --context."
      )
    }
    let tokenizer = try loaded.makeTokenizer()
    return try await QueryBenchmark(
      model: loaded.model,
      text: benchmarkTokens(configuration.textTokens, tokenizer),
      sink: try PromptWriter(tokenizer: tokenizer).sink(nil),
      lanes: availableCores(),
      configuration: configuration,
      progress: progress
    )
  } catch let error as ContextError {
    throw CommandFailure(.badInput, error.message)
  } catch let error as ModelError {
    throw CommandFailure(.badInput, "\(error)")
  }
}

/// So many tokens of text for measurements.
func benchmarkTokens(_ count: Int, _ tokenizer: Tokenizer) -> [Int32] {
  var text = BenchmarkText()
  var tokens: [Int32] = []
  while tokens.count < count { tokens += tokenizer.encode(text.paragraph()) }
  return Array(tokens.prefix(count))
}

/// Loads a model file, its errors told as bad input.
func load(_ path: String, _ compute: PrecisionChoice, withHead: Bool) async throws(CommandFailure)
  -> LoadedModel
{
  do {
    return try await LoadedModel.load(
      path: path,
      compute: compute.precision,
      withHead: withHead,
      threads: availableCores()
    )
  } catch {
    throw CommandFailure(.badInput, error.description)
  }
}

/// Looks into a model file, and refuses what cannot be loaded.
func modelInfo(path: String) throws(CommandFailure) -> ModelInfo {
  do {
    let checked = try ModelFile(path: path)
    let template = try checked.makeTokenizer().chatTemplate
    let c = checked.configuration
    let tensors = checked.file.tensors
    return ModelInfo(
      file: SystemText.shown(path),
      fileBytes: checked.file.byteCount,
      sha256: try checked.digest(),
      name: c.name,
      architecture: c.architecture,
      // Tensors may lie over each other in a file that means harm.
      parameters: tensors.reduce(0) { sum, tensor in
        let (total, overflow) = sum.addingReportingOverflow(tensor.elementCount)
        return overflow ? .max : total
      },
      layers: c.layers,
      embeddingLength: c.embedding,
      feedForwardLength: c.feedForward,
      heads: c.heads,
      kvHeads: c.kvHeads,
      headDimension: c.headDimension,
      contextTokens: c.contextLength,
      ropeBase: c.rope.base,
      vocabulary: c.vocabulary,
      tokenizer: checked.tokenizer.preTokenizer,
      chatTemplate: template.isPresent,
      chatFormat: template.family.description,
      tensorTypes: Dictionary(tensors.map { ($0.type.description, 1) }, uniquingKeysWith: +),
      kvBytesPerToken: KVCacheShape(c, tokens: 1, type: .bf16).byteCount
    )
  } catch {
    throw CommandFailure(.badInput, error.description)
  }
}

/// Reads an address that workers dial.
///
/// - Throws: ``CommandFailure`` with status `usage`.
func coordinatorAddress(_ text: String) throws(CommandFailure) -> CoordinatorAddress {
  let address: CoordinatorAddress
  do {
    address = try CoordinatorAddress(parsing: text)
  } catch {
    throw CommandFailure(.usage, error.description)
  }
  if address.isWithinProcess {
    throw CommandFailure(
      .usage,
      "\"\(text)\" is an address within one process, where no worker finds it: write tcp://HOST:PORT or abstract://NAME"
    )
  }
  return address
}
