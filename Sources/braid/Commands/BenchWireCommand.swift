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
      Sends bytes of no meaning by the code that sends and receives a document's chunks, with checksums on both \
      sides, into memory that has been used before. What memory and a plain socket do at best is measured in the \
      same run.
      """
  )

  @Option(
    help: "What connects the two sides: tcp, direct (tcp without the gate), ipc or inproc.",
    transform: transport
  )
  var transport = WireBenchmark.Transport.tcp

  @Option(help: "Bytes to send in each round.")
  var bytes = WireBenchmark.Configuration().bytes

  @Option(help: "Payload bytes of a frame.")
  var frameBytes = WireBenchmark.Configuration().frameBytes

  @Option(help: "How many workers send at the same time.")
  var senders = WireBenchmark.Configuration().senders

  @Option(help: "How many rounds are measured.")
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
