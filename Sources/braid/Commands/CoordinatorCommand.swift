internal import APITypes
internal import Addresses
internal import ArgumentParser
internal import CommandLineSupport
internal import HTTPAPI
internal import Logging
internal import ServiceLifecycle

struct CoordinatorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coordinator",
    abstract: "Run a coordinator: workers dial in, documents and questions arrive over HTTP.",
    discussion: """
      Prints the addresses it listens on and runs until SIGINT or SIGTERM. Port 0 takes any free port. Documents are \
      kept in memory.
      """
  )

  @Option(help: "Where workers dial. By default tcp://127.0.0.1:7700.")
  var listen: String?

  @Option(help: "Where HTTP is served. By default 127.0.0.1:8080.")
  var http: String?

  @Option(
    name: .customLong("http-host"),
    help: "A name under which HTTP is asked beside the address, with or without a port; may be repeated."
  )
  var httpHosts: [String] = []

  @Option(help: "A file with the token that workers must show.")
  var tokenFile: String?

  @Flag(help: "Allow addresses that other machines can reach, without encryption.")
  var insecure = false

  @OptionGroup var model: ModelOptions
  @OptionGroup var precision: ComputeOptions
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
    let tokenPath = tokenFile ?? settings["BRAID_TOKEN_FILE"]
    let setup = CoordinatorSetup(
      modelPath: try model.path(),
      listen: try coordinatorAddress(settings.listen(flag: listen)),
      compute: try precision.value(),
      token: try tokenPath.map { path throws(CommandFailure) in try readToken(path: path) },
      insecure: insecure,
      wire: try wire.value(),
      summaries: try summaries.value(),
      logger: logger
    )
    let json = form.format == .json
    let coordinator = try await makeCoordinator(setup)
    if let warning = coordinator.modelWarning { setup.logger.warning("\(warning)") }
    let server = try CoordinatorHTTPServer(
      service: coordinator,
      configuration: configuration,
      logger: logger
    ) { address in
      let listening = Listening(control: coordinator.controlAddress, http: "http://\(address)")
      do {
        try json ? console.result(json: listening) : console.result(lines: [listening.text])
      } catch {
        // Whoever started this may not read: it goes on, and says its addresses where it says everything else.
        logger.warning("\(error) Serving: \(listening.text)")
      }
    }
    try await runUntilSignal([coordinator, server], console: console)
  }
}

/// What a coordinator prints once it listens.
private struct Listening: Encodable {
  var control: String
  var http: String

  private enum CodingKeys: String, CodingKey {
    case control = "control_address"
    case http = "http_address"
  }

  var text: String { "workers dial \(control), HTTP at \(http)" }
}
