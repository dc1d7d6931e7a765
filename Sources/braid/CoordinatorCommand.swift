internal import APITypes
internal import ArgumentParser
internal import CommandLineSupport
internal import HTTPAPI
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
    let configuration = HTTPServerConfiguration(
      address: try ListenAddress(parsing: settings.httpListen(flag: http)),
      insecure: insecure
    )
    try configuration.validate()
    let listen = settings.listen(flag: listen)
    try validateListen(listen)
    let tokenPath = tokenFile ?? settings["BRAID_TOKEN_FILE"]
    let setup = CoordinatorSetup(
      modelPath: try model.path(),
      listen: settings.listen(flag: listen),
      compute: try precision.value(),
      token: try tokenPath.map { path throws(CommandFailure) in try readToken(path: path) },
      insecure: insecure,
      wire: try wire.value(),
      summaries: try summaries.value(),
      logger: logger
    )
    let json = form.format == .json
    let coordinator = try await makeCoordinator(setup)
    let server = try CoordinatorHTTPServer(
      service: coordinator,
      configuration: configuration,
      logger: logger
    ) { address in
      let listening = Listening(control: coordinator.controlAddress, http: "http://\(address)")
      // Whoever started this may not read: it goes on.
      try? json ? console.result(json: listening) : console.result(listening.text + "\n")
    }
    try await runUntilSignal([coordinator, server], console: console)
  }
}

extension CoordinatorCommand {
  /// Refuses an address for workers that other machines can reach without encryption, unless it was asked
  /// for.
  ///
  /// - Throws: ``CommandFailure`` with status `usage`, also for an address that cannot be read.
  private func validateListen(_ text: String) throws {
    guard let separator = text.firstRange(of: "://") else {
      throw CommandFailure(
        .usage,
        "\"\(text)\" is no address for workers: write tcp://HOST:PORT, for example tcp://127.0.0.1:7700."
      )
    }
    guard text[..<separator.lowerBound] == "tcp" else { return }
    let address = try ListenAddress(parsing: String(text[separator.upperBound...]))
    if !address.isLoopback, !insecure {
      throw CommandFailure(
        .usage,
        """
        \(text) can be reached from other machines without encryption: use tls+tcp:// or a loopback address, or \
        say --insecure if that is meant.
        """
      )
    }
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
