internal import Addresses
internal import ArgumentParser
internal import CommandLineSupport
internal import Glibc
internal import KVFormat
internal import Logging
internal import Machine
internal import Memory
internal import Recordings
internal import Runtime
internal import Tables
internal import Threads
internal import Transformer
internal import Workbench
internal import Worker

struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Run a worker: connect to a coordinator and encode chunks for it.",
    discussion: """
      Runs until SIGINT or SIGTERM. It may be started before the coordinator, and connects again when the coordinator \
      comes back. It stores nothing and can be stopped at any time; its chunks are then encoded by other workers.

      With several models it encodes chunks of any of them that the coordinator serves; each lane needs working memory \
      for each model.
      """
  )

  @Option(
    help: ArgumentHelp(
      "The coordinator's address for workers, as it prints it. (default: tcp://127.0.0.1:7700)",
      valueName: "address"
    )
  )
  var coordinator: String?

  @Option(
    help: ArgumentHelp(
      "How many chunks are encoded at a time, from 1 to 1024. By default one for each core.",
      valueName: "count"
    )
  )
  var lanes: Int?

  @OptionGroup var pinning: PinningOptions

  @Option(
    help: ArgumentHelp(
      "The cores on which lanes stay, one for each lane, such as 0,2 or 4-7.",
      valueName: "list"
    ),
    transform: processors
  )
  var cpus: [Int]?

  @Option(
    help: ArgumentHelp(
      "The worker's name in lists and logs. By default the host's name and the process id.",
      valueName: "name"
    )
  )
  var name: String?

  @Option(
    help: ArgumentHelp(
      "A file with the token that the coordinator demands. By default none is shown.",
      valueName: "file"
    )
  )
  var tokenFile: String?

  @Flag(help: .hidden)
  var exitWithParent = false

  @OptionGroup var recording: RecordingOptions
  @OptionGroup var models: ModelsOptions
  @OptionGroup var precision: ComputeOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var verbosity: VerbosityOptions

  mutating func validate() throws {
    if let lanes { try validateLanes(lanes) }
    if recording.record != nil, models.models.count > 1 {
      throw ValidationError("--record keeps the chunks of one model: give --model once.")
    }
  }

  /// Returns the number of chunks encoded at a time.
  func laneCount() throws(CommandFailure) -> Int {
    if let lanes { return lanes }
    return try Settings.current.lanes() ?? cpus?.count ?? availableCores()
  }

  func run() async throws {
    if exitWithParent { try braid.exitWithParent() }
    let console = verbosity.console()
    let settings = Settings.current
    let lanes = try laneCount()
    let name = name ?? "\(hostName())-\(getpid())"
    let logger = console.serviceLogger()
    if let path = recording.replay {
      let address = try coordinatorAddress(settings.workerCoordinator(flag: coordinator))
      let token = try workerToken(file: tokenFile, settings)
      let source = ReplaySource(
        try RecordingLibrary.opened(path),
        takesStandIns: recording.replayAny,
        timeFactor: recording.replaySpeed
      )
      let workers = try ReplayWorkers(
        source,
        coordinator: address,
        lanes: lanes,
        replicas: recording.replicas,
        name: name,
        token: token,
        staysAfterDrain: !exitWithParent,
        logger: logger
      )
      console.note(workers.line(readyAfter: secondsSinceStart()))
      return try await runUntilSignal([workers], console: console)
    }
    let worker = try await worker(settings, lanes: lanes, name: name, logger)
    // The tokenizer's tables were needed for their digest only.
    HeapMemory.giveBack()
    logger.info("\(Quantities.counted(lanes, "lane")): \(processorAllowance)")
    try await runUntilSignal([worker], console: console)
  }

  /// Loads the models and makes the lanes.
  private func worker(
    _ settings: Settings,
    lanes: Int,
    name: String,
    _ logger: Logger
  ) async throws -> WorkerService {
    let choices = try models.choices(precision, memory: memory.memory) { logger.warning("\($0)") }
    let address = try coordinatorAddress(settings.workerCoordinator(flag: coordinator))
    let processors = try LanePinning.processors(
      lanes: lanes,
      allowed: allowedProcessors(),
      chosen: cpus,
      pins: pinning.pin
    )
    let token = try workerToken(file: tokenFile, settings)
    let loaded = try await choices.load(for: ModelUse(answers: false, lanes: lanes))
    let models = loaded.map(\.model)
    // All were asked for in the same precision.
    let compute = models.first?.compute ?? .automatic
    var configuration = WorkerConfiguration(
      coordinator: address,
      lanes: lanes,
      identities: loaded.map(\.identity),
      compute: compute,
      name: name
    )
    configuration.workerToken = token ?? ""
    configuration.processors = processors
    configuration.staysAfterDrain = !exitWithParent
    // A coded layer takes the place of the plain one, which is still to be recorded.
    if recording.record != nil { configuration.codecs = [] }
    logger.info(
      "ready in \(Quantities.seconds(secondsSinceStart()))",
      metadata: [
        "compute": "\(compute)", "instructions": "\(instructionSetName())",
        "weights": "\(Quantities.bytes(models.reduce(0) { $0 + $1.layerByteCount }))",
        "peak": "\(Quantities.bytes(SystemLimits().peakMemory() ?? 0))",
      ]
    )
    var folder: RecordingFolder?
    if let path = recording.record, let recorded = loaded.first {
      folder = try .opened(path, RecordedModel(identity: recorded.identity, compute: compute))
    }
    return try WorkerService(configuration: configuration, logger: logger) { [folder] _ in
      let encoder = LaneModels(try models.map { try ModelLaneEncoder(model: $0) })
      return if let folder { RecordingEncoder(encoder, into: folder) } else { encoder }
    }
  }

  private static func processors(_ text: String) throws -> [Int] {
    guard let processors = LanePinning.processors(parsing: text) else {
      throw ValidationError("--cpus is \"\(text)\": write numbers and ranges such as 0,2 or 4-7.")
    }
    return processors
  }
}

/// Rejects a number of lanes outside 1 to 1024.
func validateLanes(_ lanes: Int) throws {
  if !(1...1024).contains(lanes) {
    throw ValidationError("--lanes is \(lanes): it must lie between 1 and 1024.")
  }
}

extension Settings {
  /// Returns the number of lanes in `BRAID_LANES`; nil if it is not set.
  func lanes() throws(CommandFailure) -> Int? {
    guard let text = self["BRAID_LANES"] else { return nil }
    guard let lanes = Int(text), (1...1024).contains(lanes) else {
      throw CommandFailure(.usage, "BRAID_LANES is \"\(text)\": it must be a number from 1 to 1024.")
    }
    return lanes
  }
}
