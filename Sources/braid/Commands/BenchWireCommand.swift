internal import ArgumentParser
internal import Benchmarks
internal import CommandLineSupport
internal import Machine
internal import Tables

struct BenchWireCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wire",
    abstract: "Measure how fast chunks travel from workers to the coordinator.",
    discussion: """
      Sends meaningless bytes with the code that sends and receives a document's chunks, with checksums on both sides, \
      into memory that has been used before. The speeds of a plain socket and of copying memory are measured in the \
      same run for comparison.
      """
  )

  @Option(
    help: ArgumentHelp(
      "The connection of the two sides: tcp, direct (tcp without the gate, the proxy before the workers' port), "
        + "ipc or inproc. (default: tcp)",
      valueName: "transport"
    ),
    transform: transport
  )
  var transport = WireBenchmark.Transport.tcp

  @Option(help: ArgumentHelp("Bytes to send in each round, at least 1.", valueName: "bytes"))
  var bytes = WireBenchmark.Configuration().bytes

  @Option(
    help: ArgumentHelp(
      "Bytes of payload in each frame: a multiple of 4096 from 65536 to 8388608.",
      valueName: "bytes"
    )
  )
  var frameBytes = WireBenchmark.Configuration().frameBytes

  @Option(help: ArgumentHelp("How many workers send at the same time, from 1 to 64.", valueName: "count"))
  var senders = WireBenchmark.Configuration().senders

  @Option(help: ArgumentHelp("How many rounds are measured, from 1 to 1000.", valueName: "count"))
  var repetitions = WireBenchmark.Configuration().repetitions

  @OptionGroup var form: FormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  private var benchmark: WireBenchmark.Configuration {
    var configuration = WireBenchmark.Configuration()
    configuration.transport = transport
    configuration.bytes = bytes
    configuration.frameBytes = frameBytes
    configuration.senders = senders
    configuration.repetitions = repetitions
    return configuration
  }

  mutating func validate() throws {
    if let problem = benchmark.problem { throw ValidationError(problem) }
  }

  func run() async throws {
    let console = verbosity.console()
    let left = availableMemory().left
    guard bytes <= left / 2 else {
      throw CommandFailure(
        .usage,
        "--bytes is \(bytes), which is held on both sides, and \(Quantities.bytes(left)) of memory are left: give fewer."
      )
    }
    let benchmark = try WireBenchmark(benchmark)
    let report = try await interruptible { try await benchmark.run() }
    switch form.format {
    case .json: try console.result(json: report)
    case .text: try console.result(lines: report.lines)
    }
  }

  private static func transport(_ text: String) throws -> WireBenchmark.Transport {
    guard let transport = WireBenchmark.Transport(rawValue: text) else {
      throw ValidationError("--transport is \"\(text)\": it must be tcp, direct, ipc or inproc.")
    }
    return transport
  }
}
