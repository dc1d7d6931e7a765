internal import ArgumentParser
internal import CommandLineSupport
internal import HTTPClient

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show a coordinator's model, workers, queue and memory."
  )

  @OptionGroup var server: CoordinatorOptions
  @OptionGroup var form: FormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() async throws {
    let console = verbosity.console()
    let status = try await server.withClient { try await $0.status() }
    switch form.format {
    case .json: try console.result(json: status)
    case .text: try console.result(lines: StatusText.coordinator(status))
    }
  }
}
