internal import ArgumentParser
internal import CommandLineSupport
internal import HTTPClient

struct WorkersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "workers",
    abstract: "List the workers of a coordinator, with their speeds."
  )

  @OptionGroup var server: CoordinatorOptions
  @OptionGroup var form: FormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() async throws {
    let console = verbosity.console()
    let workers = try await server.withClient { try await $0.workers() }
    switch form.format {
    case .json: try console.result(json: workers)
    case .text: try console.result(lines: StatusText.workers(workers))
    }
  }
}
