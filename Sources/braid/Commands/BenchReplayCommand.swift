internal import ArgumentParser
internal import Benchmarks
internal import CommandLineSupport
internal import KVFormat
internal import Tables
internal import Workbench

struct BenchReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Measure how fast a coordinator receives chunks from many workers at once.",
    discussion: """
      Records a few encoded chunks, or takes recorded ones from a folder. Then many workers in another process send them, \
      each over connections of its own, to a coordinator in this process; `bench wire` runs before and after. Nothing is \
      computed meanwhile: the figures show the speed of the coordinator, not of encoding. See docs/replay.md.
      """
  )

  @Option(help: ArgumentHelp("How many workers send, from 1 to 1024.", valueName: "count"))
  var workers = ReplayBenchmark.Configuration().workers

  @Option(
    help: ArgumentHelp("How many chunks each worker sends at a time, from 1 to 1024.", valueName: "count")
  )
  var lanes = ReplayBenchmark.Configuration().lanes

  @Option(
    help: ArgumentHelp(
      "The length of the measured document in tokens, from 1 to 268435456.",
      valueName: "tokens"
    )
  )
  var tokens = ReplayBenchmark.Configuration().tokens

  @Option(help: ArgumentHelp("The size of a recorded chunk in tokens, at least 1.", valueName: "tokens"))
  var chunkTokens = 1024

  @Option(help: ArgumentHelp("How many different chunks are recorded, from 1 to 4096.", valueName: "count"))
  var recordedChunks = 8

  @Option(
    help: ArgumentHelp(
      "Take the chunks recorded in this folder. By default some are recorded first.",
      valueName: "folder"
    )
  )
  var recording: String?

  @Option(
    help: ArgumentHelp("The most bytes of unfinished transfers, for an experiment.", visibility: .hidden)
  )
  var transferBudget: Int?

  @Option(
    help: ArgumentHelp(
      "Multiply the recorded times by this, from 0 to 1000: 0 does not wait, 2 takes twice as long.",
      valueName: "factor"
    )
  )
  var replaySpeed = 1.0

  @Option(help: ArgumentHelp("Record chunks into this folder and do nothing else.", valueName: "folder"))
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
    let summaries = try summaries.value() ?? .sketch
    return ChunkRecorder(
      model: try model.choice(precision),
      folder: folder,
      chunks: recordedChunks,
      chunkTokens: chunkTokens,
      summaries: summaries
    )
  }
}
