internal import ArgumentParser
internal import Benchmarks
internal import CommandLineSupport
internal import KVFormat
internal import Tables
internal import Workbench

struct BenchReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Measure how fast a coordinator takes chunks in from many workers at once.",
    discussion: """
      Records a few chunks of the model, or takes them from a folder. Then workers in another process replay them, over \
      connections of their own each, against a coordinator in this process, and bench wire runs before and after. \
      Nothing is computed while it measures: the figures are the coordinator's, not those of encoding.
      """
  )

  @Option(help: "How many workers.")
  var workers = ReplayBenchmark.Configuration().workers

  @Option(help: "Lanes of each worker.")
  var lanes = ReplayBenchmark.Configuration().lanes

  @Option(help: "The length of the measured job in tokens.")
  var tokens = ReplayBenchmark.Configuration().tokens

  @Option(help: "The size of a recorded chunk in tokens.")
  var chunkTokens = 1024

  @Option(help: "How many different chunks are recorded.")
  var recordedChunks = 8

  @Option(help: ArgumentHelp("Take chunks that were recorded in this folder.", valueName: "folder"))
  var recording: String?

  @Option(
    help: ArgumentHelp("The most bytes of unfinished transfers, for an experiment.", visibility: .hidden)
  )
  var transferBudget: Int?

  @Option(help: "Multiply recorded times by this; 1 as recorded, 0 without waiting.")
  var replaySpeed = 1.0

  @Option(help: "Record into this folder and do nothing else.")
  var recordOnly: String?

  @OptionGroup var summaries: SummaryOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var precision: ComputeOptions
  @OptionGroup var form: FormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  private var benchmark: ReplayBenchmark.Configuration {
    var configuration = ReplayBenchmark.Configuration()
    configuration.workers = workers
    configuration.lanes = lanes
    configuration.tokens = tokens
    configuration.transferBudgetBytes = transferBudget
    return configuration
  }

  mutating func validate() throws {
    if let problem = benchmark.problem { throw ValidationError(problem) }
    try braid.validate("recorded-chunks", recordedChunks, in: 1...4096)
    try braid.validate("replay-speed", replaySpeed, in: 0...1000)
    try braid.validate("transfer-budget", transferBudget, in: 1...1 << 50)
    try braid.validate("chunk-tokens", chunkTokens, in: OptionRange.tokens)
  }

  func run() async throws {
    let console = verbosity.console()
    if let recordOnly { return try await recorder(into: recordOnly).record() }
    let measurement = ReplayMeasurement(
      benchmark,
      speed: replaySpeed,
      ownProgram: ownProgram,
      note: console.note
    )
    let report = try await interruptible {
      if let recording = self.recording { return try await measurement.report(of: recording) }
      return try await withTemporaryFolder { folder in
        console.note("recording \(Quantities.counted(recordedChunks, "chunk"))")
        try await measurement.record(try self.recorder(into: folder))
        return try await measurement.report(of: folder)
      }
    }
    switch form.format {
    case .json: try console.result(json: report)
    case .text: try console.result(lines: report.lines)
    }
  }

  private func recorder(into folder: String) throws(CommandFailure) -> ChunkRecorder {
    let path = try model.path()
    let summaries = try summaries.value() ?? .sketch
    return ChunkRecorder(
      model: ModelChoice(path: path, compute: try precision.value(), threads: availableCores()),
      folder: folder,
      chunks: recordedChunks,
      chunkTokens: chunkTokens,
      summaries: summaries
    )
  }
}

/// Reads the recorded chunks of a folder, without their bytes.
private func readRecording(in folder: String) throws -> (RecordedModel, [ChunkRecording]) {
  do throws(RecordingError) {
    // The workers check the bytes. Here the files must not be counted as the coordinator's memory.
    let library = try RecordingLibrary(path: folder, checksBytes: false, digest: ContentDigest.sha256)
    let recordings = library.chunks.values.map(\.recording).sorted { $0.key.description < $1.key.description }
    return (library.model, recordings)
  } catch {
    throw CommandFailure(.badInput, error.message, cause: error)
  }
}

/// Runs this program to its end.
///
/// - Parameter arguments: The program's arguments.
/// - Returns: The program's standard output.
/// - Throws: ``CommandFailure`` with the program's last words when it fails.
private func ownProgram(_ arguments: [String]) async throws -> String {
  var options = PlatformOptions()
  // In a process group of its own, so that Ctrl-C reaches this process alone, which then stops it.
  options.processGroupID = 0
  options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(3))]
  let outcome = try await Subprocess.run(
    .path("/proc/self/exe"),
    arguments: Arguments(ofBraid: arguments),
    platformOptions: options,
    input: .inputWriter,
    output: .sequence,
    error: .sequence
  ) { execution in
    try await withThrowingTaskGroup(of: (isOutput: Bool, text: String).self) { group in
      group.addTask {
        var text = ""
        for try await line in execution.standardOutput.strings() { text += line + "\n" }
        return (true, text)
      }
      group.addTask {
        var lastWords = ""
        for try await line in execution.standardError.strings() where line.hasPrefix("braid: ") {
          lastWords = String(line.dropFirst(7))
        }
        return (false, lastWords)
      }
      var texts = (output: "", lastWords: "")
      for try await part in group {
        if part.isOutput { texts.output = part.text } else { texts.lastWords = part.text }
      }
      return texts
    }
  }
  guard outcome.terminationStatus.isSuccess else {
    try Task.checkCancellation()
    let words = outcome.closureResult.lastWords
    throw CommandFailure(.failed, words.isEmpty ? "braid \(arguments[0]) failed." : words)
  }
  return outcome.closureResult.output
}

/// Runs a body with a temporary folder, which is removed afterwards.
private func withTemporaryFolder<Result: Sendable>(
  _ body: (String) async throws -> Result
) async throws -> Result {
  let parent = Settings.current["TMPDIR"] ?? "/tmp"
  var template = SystemText.bytes("\(parent)/braid-replay-XXXXXX").map { CChar(bitPattern: $0) } + [0]
  guard mkdtemp(&template) != nil else {
    throw CommandFailure(.failed, "Cannot make a folder in \(parent): \(String(cString: strerror(errno))).")
  }
  let bytes = template.dropLast().map { UInt8(bitPattern: $0) }
  let folder = SystemText.text(bytes)
  defer { remove(folder) }
  return try await body(folder)
}

/// Removes a folder and the files in it.
private func remove(_ folder: String) {
  for name in (try? namesInFolder(folder)) ?? [] {
    _ = SystemText.withBytes("\(folder)/\(name)") { unlink($0) }
  }
  _ = SystemText.withBytes(folder) { rmdir($0) }
}
