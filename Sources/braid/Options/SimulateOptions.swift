internal import APITypes
internal import ArgumentParser
internal import CommandLineSupport
internal import KVFormat
internal import Simulation
internal import Tables

extension KVCodec {
  /// The bytes of a token over those of bf16. In int8, 64 numbers of a byte share a scale of two bytes.
  fileprivate var share: Double {
    switch self {
    case .bf16: 1
    case .int8: 33.0 / 64
    }
  }
}

extension FailureModel.Sign: ExpressibleByArgument {}

/// Options for the simulated cluster.
struct ClusterOptions: ParsableArguments {
  @Option(help: "How many chunks a worker encodes at a time.")
  var lanes = 1

  @Option(help: "Every host's bandwidth, such as 100Mbit or 10Gbit; loopback has no limit of its own.")
  var link = "10Gbit"

  @Option(help: "How long a message travels in one direction, besides its bytes.", transform: seconds)
  var latency = 0.0002

  @Option(help: "How fast workers are: constant, lognormal:SIGMA, or speeds separated by commas.")
  var speeds = "constant"

  @Option(help: "The chance that a worker is lost during an attempt at a chunk.")
  var failures = 0.0

  @Option(help: "What is lost: machine (found by missed heartbeats) or process (its connections break).")
  var loss = FailureModel.Sign.machine

  @Option(help: "How long until a lost worker is back.", transform: seconds)
  var restart = 10.0

  @Option(help: "How keys and values travel: bf16 or int8.")
  var wire = KVCodec.bf16

  @Option(
    help: "Which summaries come with the chunks: none, sketch or all. (default: sketch)",
    transform: SummaryOptions.content
  )
  var summaries = SummaryContent.sketch

  @Option(help: "Cores that workers and coordinator share. By default each host has its own for every lane.")
  var sharedCores: Int?

  @Option(help: "Decides everything that is drawn at random.")
  var seed: UInt64 = 0

  mutating func validate() throws {
    try validateLanes(lanes)
    if link != "loopback", UnitText.bytesPerSecond(link) == nil {
      throw ValidationError(
        "--link is \"\(link)\": write a bandwidth such as 100Mbit or 10Gbit, or loopback."
      )
    }
    if Speeds(speeds) == nil {
      throw ValidationError(
        "--speeds is \"\(speeds)\": write constant, lognormal:0.3, or numbers from 0.001 to 1000."
      )
    }
    try braid.validate("failures", failures, in: 0...0.9)
    try braid.validate("shared-cores", sharedCores, in: 1...4096)
  }

  /// The model of the link.
  var linkModel: LinkModel {
    LinkModel(
      bytesPerSecond: UnitText.bytesPerSecond(link) ?? LinkModel.loopback.bytesPerSecond,
      latencySeconds: latency
    )
  }

  /// Returns the whole configuration, without workers and chunks.
  func configuration(_ costs: CostModel) -> ClusterConfiguration {
    var configuration = ClusterConfiguration(
      workers: 1,
      lanes: lanes,
      speeds: Speeds(speeds) ?? .constant,
      chunks: [],
      costs: costs,
      link: linkModel,
      failures: FailureModel(chance: failures, restartSeconds: restart, sign: loss)
    )
    configuration.sharedCores = sharedCores
    configuration.seed = seed
    return configuration
  }

  static func seconds(_ text: String) throws -> Double {
    guard let seconds = UnitText.seconds(text) else {
      throw ValidationError("\"\(text)\" is no time: write one such as 50us, 0.2ms or 10s.")
    }
    return seconds
  }
}

/// Options for costs that are not measured.
struct CostOptions: ParsableArguments {
  @Option(
    help: "Tokens a second of a lane in chunks of 1024 behind the sink alone, as `bench encode` has it."
  )
  var tokensPerSecond: Double?

  @Option(help: "Bytes of a token's keys and values in bf16.")
  var bytesPerToken: Double?

  @Option(help: "GB a second that the coordinator takes in at most, as `bench wire` has it.")
  var ingest: Double?

  @Option(help: "How long the coordinator is busy with a lease.", transform: ClusterOptions.seconds)
  var leaseCost: Double?

  @Option(
    help: "Bytes of unfinished transfers that the coordinator has room for, such as 512M.",
    transform: room
  )
  var room: Int?

  mutating func validate() throws {
    try braid.validate("tokens-per-second", tokensPerSecond, in: 0.01...1e9)
    try braid.validate("bytes-per-token", bytesPerToken, in: 1...1e9)
    try braid.validate("ingest", ingest, in: 1e-6...1e4)
  }

  private static func room(_ text: String) throws -> Int {
    guard let bytes = UnitText.count(text, in: 1...1 << 50) else {
      throw ValidationError("--room is \"\(text)\": write a number of bytes, such as 512M.")
    }
    return bytes
  }

  /// Replaces the costs in the model by those that were given.
  ///
  /// - Parameters:
  ///   - costs: The model.
  ///   - wire: The codec of keys and values.
  func apply(to costs: inout CostModel, wire: KVCodec) {
    if let tokensPerSecond {
      // Both terms are scaled alike, so that attention keeps its share.
      let factor = 1024 / tokensPerSecond / costs.computeSeconds(SimulatedChunk(tokens: 1024))
      costs.secondsPerRow *= factor
      costs.secondsPerRowSquared *= factor
    }
    if let bytesPerToken {
      // The bytes are those of another model, whose summaries are larger by about the same factor.
      let factor = bytesPerToken / costs.bytesPerToken
      costs.summary.bytes *= factor
      costs.summary.bytesPerToken *= factor
      costs.bytesPerToken = bytesPerToken
    }
    if let ingest { costs.ingestBytesPerSecond = ingest * 1e9 }
    if let leaseCost { costs.leaseSeconds = leaseCost }
    costs.bytesPerToken *= wire.share
  }
}
