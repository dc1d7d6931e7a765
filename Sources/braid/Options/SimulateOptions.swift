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
  @Option(
    help: ArgumentHelp("How many chunks each worker encodes at a time, from 1 to 1024.", valueName: "count")
  )
  var lanes = 1

  @Option(
    help: ArgumentHelp(
      "The bandwidth of every host's link, such as 100Mbit or 10Gbit, or loopback for no limit.",
      valueName: "rate"
    )
  )
  var link = "10Gbit"

  @Option(
    help: ArgumentHelp(
      "How long a message travels in one direction, besides the time for its bytes: a number with us, ms or s. "
        + "(default: 0.2ms)",
      valueName: "time"
    ),
    transform: seconds
  )
  var latency = 0.0002

  @Option(
    help: ArgumentHelp(
      "How fast workers are: constant (all 1), lognormal:SIGMA (random, 1 on average, SIGMA from 0 to 3), or "
        + "speeds from 0.001 to 1000 separated by commas, taken in turn.",
      valueName: "speeds"
    )
  )
  var speeds = "constant"

  @Option(
    help: ArgumentHelp(
      "The probability that a worker is lost during an attempt at a chunk, from 0 to 0.9.",
      valueName: "probability"
    )
  )
  var failures = 0.0

  @Option(
    help: ArgumentHelp(
      "How the coordinator notices a loss: of a machine by missed heartbeats, of a process at once by its broken "
        + "connections.",
      valueName: "kind"
    )
  )
  var loss = FailureModel.Sign.machine

  @Option(
    help: ArgumentHelp(
      "How long until a lost worker is back: a number with us, ms, s or min. (default: 10s)",
      valueName: "time"
    ),
    transform: seconds
  )
  var restart = 10.0

  @Option(
    help: ArgumentHelp("How keys and values travel; int8 takes half the bytes of bf16.", valueName: "codec")
  )
  var wire = KVCodec.bf16

  @Option(
    help: ArgumentHelp(
      "Which summaries of keys travel with the chunks: none, sketch or all. (default: sketch)",
      valueName: "content"
    ),
    transform: SummaryOptions.content
  )
  var summaries = SummaryContent.sketch

  @Option(
    help: ArgumentHelp(
      "How many cores all workers and the coordinator share, from 1 to 4096. By default every lane has a core of "
        + "its own.",
      valueName: "count"
    )
  )
  var sharedCores: Int?

  @Option(
    help: ArgumentHelp(
      "The seed of all random speeds and failures, a whole number from 0. The same seed gives the same result.",
      valueName: "number"
    )
  )
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
    help: ArgumentHelp(
      "Tokens per second of a lane in chunks of 1024, as `braid bench encode --lanes 1` prints it. By default "
        + "875, or what --calibrate measures.",
      valueName: "rate"
    )
  )
  var tokensPerSecond: Double?

  @Option(
    help: ArgumentHelp(
      "Bytes of the keys and values of one token in bf16. By default 23040, as of SmolLM2-135M, or with "
        + "--calibrate those of the model.",
      valueName: "bytes"
    )
  )
  var bytesPerToken: Double?

  @Option(
    help: ArgumentHelp(
      "GB per second that the coordinator can receive, as `braid bench wire` prints it. By default 1.9, or what "
        + "--calibrate measures.",
      valueName: "rate"
    )
  )
  var ingest: Double?

  @Option(
    help: ArgumentHelp(
      "How long the coordinator is busy with each lease: a number with us, ms or s. (default: 0.05ms)",
      valueName: "time"
    ),
    transform: ClusterOptions.seconds
  )
  var leaseCost: Double?

  @Option(
    help: ArgumentHelp(
      "The coordinator's memory for unfinished transfers in bytes, such as 512Mi or 64G. (default: 512Mi)",
      valueName: "bytes"
    ),
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
