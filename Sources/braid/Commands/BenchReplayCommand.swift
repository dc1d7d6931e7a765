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
