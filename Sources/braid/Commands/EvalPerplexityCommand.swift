internal import ArgumentParser
internal import CommandLineSupport
internal import Evaluation
internal import Workbench

struct EvalPerplexityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perplexity",
    abstract: "Measure how well a document's tokens are predicted from chunks of the text before them.",
    discussion: """
      A segment of the document is a context and the tokens behind it, whose prediction is measured. `kept` tells how \
      much of the context's help a policy keeps: 0 if it predicts no better than without context, 1 if as well as full \
      attention. docs/evaluation.md has results.
      """
  )

  @Argument(help: "A text file, or - for standard input.")
  var document: String

  @OptionGroup var segments: SegmentOptions

  @OptionGroup var report: ReportOptions
  @OptionGroup var evaluation: EvaluationOptions
  @OptionGroup var form: TableFormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() async throws {
    let console = verbosity.console()
    let file = try DocumentFile(path: document)
    let configuration = try segments.configuration()
    let evaluator = try evaluation.evaluator(sink: segments.sink)
    let folder = try report.folder()
    let rows = try await measure(evaluator, configuration, file, console)
    try console.result(rows, format: form.format, lines: rows.lines)
    let command = evaluator.command(["perplexity", document] + segments.words)
    try folder?.write(rows.report(command: command), console)
  }
}

/// Measures losses, and reports progress.
func measure(
  _ evaluator: Evaluator,
  _ configuration: PerplexityEvaluation.Configuration,
  _ file: DocumentFile,
  _ console: Console
) async throws -> [PerplexityRow] {
  try await interruptible {
    try await evaluator.perplexity(configuration, document: file.bytes, memory: availableMemory) { segment in
      console.note("segment \(segment + 1) of \(configuration.segments)")
    }
  }
}
