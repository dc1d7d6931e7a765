internal import ArgumentParser
internal import CommandLineSupport
internal import KVFormat
internal import Scheduling
internal import Simulation
internal import Tables
internal import Workbench

struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Predict how long a document takes with any number of workers.",
    discussion: """
      Runs the real scheduler of coordinator and workers on a simulated clock, with a model of the costs of computing, \
      sending and receiving. Nothing is encoded. The same options give the same result. Costs are those of SmolLM2-135M on \
      one kind of processor, unless they are given or measured on this machine with --calibrate.

      The speedup is relative to one worker of speed 1 that is never lost, with the best size of chunks for it.

      With --validate a real document is encoded with local workers, one lane each, and its time is shown beside the \
      simulated one, with costs measured right before and after. docs/simulation.md explains the model.
      """
  )

  @Option(
    help: ArgumentHelp(
      "Numbers of workers from 1 to 65536: a list such as 1,2,4, a range such as 3-5, or doublings such as "
        + "1..4096. By default 1..64; with --validate 1,2, and 64 is the most.",
      valueName: "list"
    ),
    transform: workerCounts
  )
  var workers: [Int]?

  @Option(
    help: ArgumentHelp(
      "The length of the document in tokens, from 1 to 268435456, such as 32k or 1M. (default: 1M)",
      valueName: "tokens"
    ),
    transform: tokenCount
  )
  var tokens = 1_000_000

  @Option(
    help: ArgumentHelp(
      "The size of a chunk in tokens, from 16 to 1048576. A list shows each of them; auto tries some and shows "
        + "the fastest. By default the coordinator's choice.",
      valueName: "tokens"
    ),
    transform: chunkSizes
  )
  var chunkTokens: ScalingPrediction.ChunkChoice?

  @Option(
    help: ArgumentHelp(
      "Left context: every chunk is encoded behind this many tokens right before it. (default: 0)",
      valueName: "tokens"
    )
  )
  var left: Int?

  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var costs: CostOptions

  @Flag(help: "First measure on this machine the costs of encoding and receiving, in half a minute.")
  var calibrate = false

  @Option(
    name: .customLong("validate"),
    help: ArgumentHelp("Also encode this document for real, and compare the times.", valueName: "document")
  )
  var document: String?

  @Option(
    help: ArgumentHelp(
      "With --validate: how often the document is encoded with each number of workers, from 1 to 100.",
      valueName: "count"
    )
  )
  var repetitions = 1

  @OptionGroup var model: ModelOptions
  @OptionGroup var precision: ComputeOptions
  @OptionGroup var form: TableFormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  mutating func validate() throws {
    try braid.validate("left", left, in: 0...OptionRange.tokens.upperBound)
    try braid.validate("repetitions", repetitions, in: 1...100)
    if let most = workers?.max(), most > Self.mostLanes / cluster.lanes {
      throw ValidationError(
        "--workers asks for \(most) workers with --lanes \(cluster.lanes): \(Self.mostLanes) lanes together is the most."
      )
    }
    if document != nil, let most = workers?.max(), most > 64 {
      throw ValidationError("--validate starts \(most) workers on this machine: 64 is the most.")
    }
  }

  /// The most lanes, and the most chunks, of a simulation: each takes some hundred bytes.
  private static let mostLanes = 1 << 20
  private static let mostChunks = 1 << 21

  func run() async throws {
    let console = verbosity.console()
    if let document {
      let file = try DocumentFile(path: document)
      let validation = SimulationValidation(
        ValidationJob(model: try model.choice(precision), path: document, left: left),
        document: file.bytes,
        workers: workers ?? [1, 2],
        repetitions: repetitions,
        cores: availableCores()
      )
      let rows = try await interruptible {
        try await validation.rows(ownProgram: ownProgramOutcome, note: console.note)
      }
      return try console.result(rows, format: form.format, lines: rows.lines)
    }
    let costs = try await costModel()
    let rows = try await interruptible { try prediction(costs) }
    try console.result(rows, format: form.format, lines: header(costs) + rows.table.lines + footer)
    if form.format != .text { header(costs).forEach(console.note) }
  }

  private func costModel() async throws -> CostModel {
    var costs = CostModel(summary: UsualModel.summary(cluster.summaries))
    if calibrate {
      let console = verbosity.console()
      let summaries = cluster.summaries
      let lanes = try Settings.current.lanes() ?? availableCores()
      let choice = try model.choice(precision)
      costs = try await interruptible {
        try await Calibration(choice, lanes: lanes).measure(summaries: summaries, note: console.note)
      }
    }
    self.costs.apply(to: &costs, wire: cluster.wire)
    return costs
  }

  private func prediction(_ costs: CostModel) throws -> [SimulationRow] {
    let cutter = DocumentCutter(
      boundaries: [UInt8](repeating: 0, count: tokens),
      sinkTokens: UsualModel.sinkTokens,
      left: left,
      contextTokens: UsualModel.contextTokens
    )
    var configuration = cluster.configuration(costs)
    if let room = self.costs.room { configuration.figures.transferBudgetBytes = room }
    let prediction = ScalingPrediction(
      configuration: configuration,
      link: cluster.link,
      workers: workers ?? [1, 2, 4, 8, 16, 32, 64],
      choice: chunkTokens ?? .usual
    )
    return try prediction.rows { size, lanes throws(CommandFailure) in
      if let size, tokens / size > Self.mostChunks {
        throw CommandFailure(
          .usage,
          "--tokens is \(tokens): in chunks of \(size), --chunk-tokens, these are more than \(Self.mostChunks) chunks, the "
            + "most that are simulated."
        )
      }
      return try cutter.cut(size, lanes: lanes)
    }
  }

  private func header(_ costs: CostModel) -> [String] {
    func number(_ value: Double, _ places: Int) -> String { Quantities.decimal(value, places: places) }
    let rate = 1024 / costs.computeSeconds(SimulatedChunk(tokens: 1024))
    let summary = Quantities.bytes(Int(costs.summary.bytes(tokens: 1024).rounded()))
    let origin = calibrate ? "measured here" : "defaults and flags, nothing measured here"
    var conditions = ["link \(cluster.link), \(number(cluster.latency * 1e3, 2)) ms"]
    conditions.append(
      "\(Quantities.counted(cluster.lanes, "lane")) a worker, speeds \(cluster.speeds), seed \(cluster.seed)"
    )
    if cluster.failures > 0 {
      conditions.append(
        "failures \(number(cluster.failures, 3)) (\(cluster.loss.rawValue), back after "
          + "\(Quantities.seconds(cluster.restart)))"
      )
    }
    if let cores = cluster.sharedCores { conditions.append("all on \(Quantities.counted(cores, "core"))") }
    return [
      "SIMULATION, not a measurement: \(Quantities.count(tokens)) tokens; "
        + conditions.joined(separator: "; "),
      "costs (\(origin)): \(Quantities.rate(rate)) tokens/s a lane in chunks of 1,024, "
        + "\(Quantities.count(Int(costs.bytesPerToken.rounded()))) bytes a token and \(summary) a summary, coordinator "
        + "\(number(costs.ingestBytesPerSecond * 1e-9, 2)) GB/s, "
        + "\(number(costs.leaseSeconds * 1e3, 3)) ms a lease, room for "
        + Quantities.bytes(self.costs.room ?? ClusterFigures.usual.transferBudgetBytes),
    ]
  }

  private var footer: [String] {
    guard case .fastest? = chunkTokens else { return [] }
    return ["chunk: the fastest of the sizes tried; shorter ones see less of each other (docs/evaluation.md)"]
  }

  private static func workerCounts(_ text: String) throws -> [Int] {
    guard let counts = UnitText.counts(text, in: 1...65_536), counts.count <= 256 else {
      throw ValidationError(
        "--workers is \"\(text)\": write numbers from 1 to 65536, such as 1,2,4 or 1..4096, 256 at most."
      )
    }
    return counts
  }

  private static func tokenCount(_ text: String) throws -> Int {
    guard let count = UnitText.count(text, in: 1...1 << 28) else {
      throw ValidationError("--tokens is \"\(text)\": write a number from 1 to 268435456, such as 32k or 1M.")
    }
    return count
  }

  private static func chunkSizes(_ text: String) throws -> ScalingPrediction.ChunkChoice {
    if text == "auto" { return .fastest(UsualModel.triedChunkTokens) }
    guard let sizes = UnitText.counts(text, in: 16...1 << 20), sizes.count <= 64 else {
      throw ValidationError(
        "--chunk-tokens is \"\(text)\": write auto, or numbers of 16 or more, such as 512,1024, 64 at most."
      )
    }
    return .sizes(sizes)
  }
}
