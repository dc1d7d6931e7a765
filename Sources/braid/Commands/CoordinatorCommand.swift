internal import APITypes
internal import Addresses
internal import ArgumentParser
internal import CommandLineSupport
internal import HTTPAPI
internal import KVFormat
internal import Logging
internal import Runtime
internal import ServiceLifecycle
internal import Workbench

struct CoordinatorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coordinator",
    abstract: "Run a coordinator: it accepts workers, and documents and questions over HTTP.",
    discussion: """
      Prints the addresses on which it listens and runs until SIGINT or SIGTERM. Port 0 takes any free port. Documents \
      are kept in memory and are gone when it ends.

      With several models a document belongs to the one that its submission names, by default the first, and is \
      encoded by the workers that have it. A model's name is that of its file without .gguf.
      """
  )

  @Option(
    help: ArgumentHelp(
      "The address for workers, to which `braid worker --coordinator` connects. (default: tcp://127.0.0.1:7700)",
      valueName: "address"
    )
  )
  var listen: String?

  @Option(
    help: ArgumentHelp(
      "The host and port for documents and questions over HTTP. (default: 127.0.0.1:8080)",
      valueName: "address"
    )
  )
  var http: String?

  @Option(
    name: .customLong("http-host"),
    help: ArgumentHelp(
      "Also answer HTTP requests that name this host, such as a proxy's, with or without a port; may be given "
        + "several times. Without it only requests to the address itself are answered.",
      valueName: "name"
    )
  )
  var httpHosts: [String] = []

  @Option(
    help: ArgumentHelp(
      "A file with one word, the token that workers must show. By default any worker is accepted.",
      valueName: "file"
    )
  )
  var tokenFile: String?

  @Flag(
    help: "Allow --listen and --http addresses that other machines can reach, although nothing is encrypted."
  )
  var insecure = false

  @OptionGroup var models: ModelsOptions
  @OptionGroup var precision: ComputeOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var wire: WireOptions
  @OptionGroup var summaries: SummaryOptions
  @OptionGroup var form: FormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() async throws {
    let console = verbosity.console()
    let settings = Settings.current
    let logger = console.serviceLogger()
    DescriptorLimit.raise()
    let configuration = HTTPServerConfiguration(
      address: try HostPort(parsing: settings.httpListen(flag: http)),
      insecure: insecure,
      hosts: settings.httpHosts(flags: httpHosts)
    )
    try configuration.validate()
    let coordinator = try await coordinator(settings, logger)
    for warning in coordinator.modelWarnings { logger.warning("\(warning)") }
    let json = form.format == .json
    let server = try CoordinatorHTTPServer(
      service: coordinator,
      configuration: configuration,
      logger: logger
    ) { address in
      let listening = Listening(control: coordinator.controlAddress, http: "http://\(address)")
      do {
        try json ? console.result(json: listening) : console.result(lines: [listening.text])
      } catch {
        // Whoever started the coordinator may not read its output. It goes on, and logs its addresses.
        logger.warning("\(error) Serving: \(listening.text)")
      }
    }
    try await runUntilSignal([coordinator, server], console: console)
  }

  /// Loads the models and binds the workers' sockets.
  private func coordinator(_ settings: Settings, _ logger: Logger) async throws -> CoordinatorNode {
    let choices = try models.choices(precision, memory: memory.memory) { logger.warning("\($0)") }
    let catalog = ModelCatalog(choices.map { .init(path: $0.path, title: "") })
    if let name = catalog.duplicate {
      throw CommandFailure(
        .usage,
        "Two models would be named \(name), after their files: give the files different names."
      )
    }
    let listen = try coordinatorAddress(settings.listen(flag: listen))
    let token = try workerToken(file: tokenFile, settings)
    let (wire, summaries) = (try wire.value(), try summaries.value())
    guard listen.isLoopback || insecure else {
      throw CommandFailure(
        .usage,
        "\(listen) can be reached from other machines and is not encrypted; give --insecure if the network is yours alone"
      )
    }
    let loaded = try await choices.load(for: ModelUse(answers: true))
    var configuration = CoordinatorConfiguration.ofThisProcess(
      listen: listen,
      memory: choices[0].memory(),
      logger: logger
    )
    configuration.workerToken = token
    if let wire { configuration.wire = wire }
    if let summaries { configuration.summaries = summaries }
    return try CoordinatorNode(loaded: loaded, configuration: configuration, logger: logger)
  }
}

/// The output of a coordinator once it listens.
private struct Listening: Encodable {
  var control: String
  var http: String

  private enum CodingKeys: String, CodingKey {
    case control = "control_address"
    case http = "http_address"
  }

  var text: String { "workers dial \(control), HTTP at \(http)" }
}
