internal import APITypes
internal import Addresses
internal import CommandLineSupport
internal import KVFormat
internal import Logging
internal import Memory
internal import ParallelContext
internal import Recordings
internal import Runtime
internal import ServiceLifecycle
internal import Tables
internal import Tokenizers
internal import Transformer
internal import Worker

/// What replaying workers are made of.
struct ReplaySetup: Sendable {
  var folder: String
  var takesStandIns: Bool
  var timeFactor: Double
  var coordinator: CoordinatorAddress
  var lanes: Int
  var replicas: Int
  var name: String
  var token: String?
  /// Whether they wait for a new coordinator when their own one sends them away.
  var staysAfterDrain: Bool
  var logger: Logger
}

/// Opens a recording and makes workers that replay it; no model is loaded.
func makeReplayWorkers(_ setup: ReplaySetup, console: Console) throws -> any Service {
  let library = try recordingLibrary(setup.folder)
  let source = ReplaySource(library, takesStandIns: setup.takesStandIns, timeFactor: setup.timeFactor)
  let workers = try (1...setup.replicas).map { replica in
    var configuration = WorkerConfiguration(
      coordinator: setup.coordinator,
      lanes: setup.lanes,
      identity: library.model.identity,
      compute: library.model.compute,
      name: "replay-\(setup.name)-\(replica)"
    )
    configuration.workerToken = setup.token ?? ""
    configuration.staysAfterDrain = setup.staysAfterDrain
    return try WorkerService(configuration: configuration, logger: setup.logger, replaying: source)
  }
  let chunks = Quantities.counted(library.chunks.count, "recorded chunk")
  let bytes = library.chunks.values.reduce(0) { $0 + $1.block.byteCount }
  let size =
    "\(Quantities.counted(setup.replicas, "worker")) with \(Quantities.counted(setup.lanes, "lane")) each"
  console.note(
    "REPLAY ready in \(Quantities.seconds(secondsSinceStart())): \(size) send \(chunks)"
      + " (\(Quantities.bytes(bytes))) at \(Quantities.decimal(setup.timeFactor, places: 2)) times the recorded"
      + " time and compute nothing\(setup.takesStandIns ? "; stand-ins for what was not recorded" : "")"
  )
  return ReplayWorkers(workers: workers)
}

/// Several workers as one service, which ends when all of them have left.
private struct ReplayWorkers: Service {
  let workers: [WorkerService]

  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in workers { group.addTask { try await worker.run() } }
      try await group.waitForAll()
    }
  }
}

/// Opens a folder to record into.
func recordingFolder(_ path: String, _ model: RecordedModel) throws(CommandFailure) -> RecordingFolder {
  do throws(RecordingError) {
    return try RecordingFolder(path: path, model: model, digest: ContentDigest.sha256)
  } catch {
    throw CommandFailure(.badInput, "\(error)")
  }
}

/// Opens a folder of recorded chunks.
func recordingLibrary(_ path: String) throws(CommandFailure) -> RecordingLibrary {
  do throws(RecordingError) {
    return try RecordingLibrary(path: path, digest: ContentDigest.sha256)
  } catch {
    throw CommandFailure(.badInput, "\(error)")
  }
}

/// What is recorded for a benchmark.
struct RecordingSetup: Sendable {
  var modelPath: String
  var folder: String
  var chunks: Int
  var chunkTokens: Int
  var summaries: SummaryContent
  var compute: PrecisionChoice
}

/// Encodes some chunks of text on one lane and records them.
func recordChunks(_ setup: RecordingSetup) async throws {
  let loaded = try await load(setup.modelPath, setup.compute, withHead: false)
  let tokenizer = try loaded.makeTokenizer()
  let sink = try PromptWriter(tokenizer: tokenizer).sink(nil)
  let context = loaded.model.configuration.contextLength
  guard setup.chunkTokens <= context - sink.count else {
    throw CommandFailure(
      .badInput,
      "A chunk of \(setup.chunkTokens) tokens does not fit: the model's context of \(context) tokens less the sink's "
        + "\(sink.count) leaves \(max(0, context - sink.count))."
    )
  }
  let folder = try recordingFolder(
    setup.folder,
    RecordedModel(identity: loaded.identity, compute: loaded.model.compute)
  )
  let tokens = benchmarkTokens(setup.chunks * setup.chunkTokens, tokenizer)
  let chunks = stride(from: 0, to: tokens.count, by: setup.chunkTokens).map { first in
    ChunkAssignment(
      Array(tokens[first..<first + setup.chunkTokens]),
      behind: sink,
      of: loaded.model.configuration,
      summaries: setup.summaries
    )
  }
  try loaded.record(chunks, into: folder)
}
