internal import ArgumentParser
internal import CommandLineSupport
internal import Glibc
internal import HTTPClient

struct DocumentsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "documents",
    abstract: "List the documents of a coordinator, with their ids and states."
  )

  @OptionGroup var server: CoordinatorOptions
  @OptionGroup var form: FormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() async throws {
    let console = verbosity.console()
    let documents = try await server.withClient { try await $0.documents() }
    switch form.format {
    case .json: try console.result(json: documents)
    case .text: try console.result(lines: StatusText.documents(documents, now: time(nil)))
    }
  }
}
