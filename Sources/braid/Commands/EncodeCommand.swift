internal import APITypes
internal import ArgumentParser
internal import CommandLineSupport
internal import HTTPClient

struct EncodeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Send a document to a coordinator and wait until it is encoded.",
    discussion: """
      Prints the document's id, which `braid ask` needs. Progress and times go to standard error. When this command is \
      interrupted, the coordinator goes on encoding. It waits as long as no worker is connected.
      """
  )

  @Argument(help: "A text file, or - for standard input.")
  var document: String

  @Option(
    help: ArgumentHelp(
      "The name of the model, among those that `braid status` lists. By default the coordinator's first.",
      valueName: "name"
    )
  )
  var model: String?

  @OptionGroup var server: CoordinatorOptions
  @OptionGroup var cutting: CuttingOptions
  @OptionGroup var wire: WireOptions
  @OptionGroup var summaries: SummaryOptions
  @OptionGroup var form: FormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() async throws {
    let console = verbosity.console()
    let file = try DocumentFile(path: document)
    let submission = DocumentSubmission(
      name: file.name,
      model: model,
      chunkTokens: cutting.chunkTokens,
      leftTokens: cutting.left,
      anchor: cutting.anchor,
      sink: cutting.sink,
      wire: try wire.value(),
      summaries: try summaries.value()
    )
    let json = form.format == .json
    try await server.withClient { client in
      let status = try await client.submit(submission, bytes: file.bytes)
      console.reportReplacedBytes(status)
      let summary = try await console.follow(try await client.events(status.id))
      if json {
        try console.result(
          json: JobReport(
            id: status.id,
            summary: summary,
            replacedInvalidBytes: status.replacedInvalidBytes
          )
        )
      } else {
        try console.result(lines: [status.id])
        summary.lines.forEach(console.note)
      }
    }
  }
}
