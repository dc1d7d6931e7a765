internal import Tables

/// The settings in the environment. Flags override them, and they override the defaults.
package struct Settings: Sendable {
  private let environment: [String: String]

  /// Takes settings from environment variables. Empty variables count as not set.
  package init(environment: [String: String]) {
    self.environment = environment.filter { !$0.value.isEmpty }
  }

  /// The variables and their meanings, for the help text.
  package static let table = """
      BRAID_MODEL        the model, a file or a name that `braid model list` shows (--model)
      BRAID_HTTP         the coordinator's HTTP address (--http, --coordinator)
      BRAID_HTTP_HOSTS   names under which HTTP is asked as well, with commas (--http-host)
      BRAID_LISTEN       the coordinator's address for workers (--listen)
      BRAID_COORDINATOR  where a worker dials (--coordinator)
      BRAID_LANES        chunks encoded at a time (--lanes)
      BRAID_COMPUTE      the compute precision (--compute)
      BRAID_WEIGHTS      the form in which weights are kept (--weights)
      BRAID_MEMORY       the most memory to take (--memory)
      BRAID_WIRE         how keys and values travel (--wire)
      BRAID_SUMMARIES    which summaries of keys workers send (--summaries)
      BRAID_TOKEN_FILE   a file with the token of workers (--token-file)
      BRAID_TOKEN        the token itself, where there is no file
      BRAID_DATA         where models are, by default ~/.local/share/braid
      NO_COLOR           no colours
    """

  /// The value of a variable; nil if it is not set.
  package subscript(_ name: String) -> String? { environment[name] }

  /// The folder in which `scripts/setup` puts the model and the sample document.
  package var dataFolder: String? {
    environment["BRAID_DATA"] ?? environment["HOME"].map { "\($0)/.local/share/braid" }
  }

  /// The folder in which models are found by their names; nil if neither `BRAID_DATA` nor `HOME` is set.
  package var modelFolder: String? { dataFolder.map { "\($0)/models" } }

  /// Returns the model to load.
  ///
  /// - Parameter flag: The flag's value.
  /// - Returns: A path or a name; nil for the default.
  package func model(flag: String?) -> String? { flag ?? environment["BRAID_MODEL"] }

  /// The file name of the model that `scripts/setup` provides.
  package static let defaultModel = "SmolLM2-135M-Instruct.Q4_1.gguf"

  /// Returns the most memory that a command may take with all that it starts, in bytes; nil for no such limit.
  ///
  /// - Throws: ``CommandFailure`` with code `usage` for a variable that holds no size.
  package func memory(flag: Int?) throws(CommandFailure) -> Int? {
    if let flag { return flag }
    guard let text = environment["BRAID_MEMORY"] else { return nil }
    guard let bytes = UnitText.bytes(text) else {
      throw CommandFailure(
        .usage,
        "BRAID_MEMORY is \"\(text)\": write a size such as 12GB, 12GiB or 900MB."
      )
    }
    return bytes
  }

  /// Returns the address on which the coordinator listens for HTTP: `HOST:PORT`.
  package func httpListen(flag: String?) -> String {
    flag ?? environment["BRAID_HTTP"].map(withoutScheme) ?? "127.0.0.1:8080"
  }

  /// Returns the names under which HTTP clients may reach the coordinator, besides its address.
  package func httpHosts(flags: [String]) -> [String] {
    guard flags.isEmpty else { return flags }
    return (environment["BRAID_HTTP_HOSTS"] ?? "").split { $0 == "," || $0 == " " }.map(String.init)
  }

  /// Returns the address on which the coordinator listens for workers.
  package func listen(flag: String?) -> String {
    flag ?? environment["BRAID_LISTEN"] ?? "tcp://127.0.0.1:7700"
  }

  /// Returns the coordinator's address that a worker dials.
  package func workerCoordinator(flag: String?) -> String {
    flag ?? environment["BRAID_COORDINATOR"] ?? "tcp://127.0.0.1:7700"
  }

  /// Returns the URL of the coordinator's HTTP API, for clients.
  ///
  /// - Throws: ``CommandFailure`` with code `usage` for the address that is meant for workers.
  package func httpCoordinator(flag: String?) throws(CommandFailure) -> String {
    let text = flag ?? environment["BRAID_HTTP"] ?? "127.0.0.1:8080"
    for scheme in ["tcp://", "tls+tcp://", "ipc://"] where text.lowercased().hasPrefix(scheme) {
      throw CommandFailure(
        .usage,
        "\(text) is where workers dial: give the HTTP address, for example http://127.0.0.1:8080."
      )
    }
    return text.contains("://") ? text : "http://\(text)"
  }

  private func withoutScheme(_ text: String) -> String {
    text.hasPrefix("http://") ? String(text.dropFirst(7).prefix { $0 != "/" }) : text
  }
}
