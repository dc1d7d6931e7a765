internal import ArgumentParser
internal import CommandLineSupport
internal import Evaluation
internal import Workbench

struct EvalEntropyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "entropy",
    abstract: "Measure the entropy of attention in each layer, and its correlation with the loss.",
    discussion: """
      Reads segments of the document as `braid eval perplexity` does. The entropy is that of a token's attention to the \
      chosen chunks, in nats, a mean over heads and tokens. The last line is the Pearson correlation of mean entropy and \
      loss over all policies and numbers of chunks; with a form other than text it goes to standard error. Full attention \
      has a loss but no entropy. With --recall the table also has, for each layer, the share of the exact rule's choices \
      that a policy made too.
      """
  )

  @Argument(help: "A text file, or - for standard input.")
  var document: String

  @OptionGroup var segments: SegmentOptions
  @OptionGroup var evaluation: EvaluationOptions
  @OptionGroup var form: TableFormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() async throws {
    let console = verbosity.console()
    let file = try DocumentFile(path: document)
    let configuration = try segments.configuration()
    let evaluator = try evaluation.evaluator(sink: segments.sink)
    let rows = try await measure(evaluator, configuration, file, console).map { EntropyRow($0) }
    try console.result(rows, format: form.format, lines: rows.lines)
    if form.format != .text { console.note(rows.correlationLine) }
  }
}
