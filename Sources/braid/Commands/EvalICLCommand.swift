internal import ArgumentParser
internal import CommandLineSupport
internal import Evaluation
internal import ParallelContext
internal import Workbench

struct EvalICLCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "icl",
    abstract: "Measure how often the label of a text is guessed right after many examples.",
    discussion: """
      Fills the context with labelled examples (in-context learning), asks for the labels of others, and counts exact \
      matches. Each line of the list is a JSON object: {"text": "...", "label": "..."}. `majority` is the accuracy of \
      always answering the most frequent label. Full attention is left out where the context is longer than the model was \
      trained for.
      """
  )

  @Argument(help: "A file with a labelled example as JSON on each line, or - for standard input.")
  var list: String

  @Option(help: ArgumentHelp("The size of a chunk in tokens, at least 1.", valueName: "tokens"))
  var chunkTokens = 512

  @OptionGroup var questions: QuestionOptions
  @OptionGroup var evaluation: EvaluationOptions
  @OptionGroup var form: TableFormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  mutating func validate() throws {
    try braid.validate("chunk-tokens", chunkTokens, in: OptionRange.tokens)
  }

  func run() async throws {
    let console = verbosity.console()
    let file = try DocumentFile(path: list)
    let examples = try reportingBadInput { try LabelledExample.list(file.bytes) }
    let configuration = ManyShotEvaluation.Configuration(
      contexts: questions.context,
      trials: questions.trials,
      chunkTokens: chunkTokens,
      policies: try NamedMethod.evaluated(questions.policies),
      seed: questions.seed
    )
    let evaluator = try evaluation.evaluator(sink: questions.sink)
    let rows = try await interruptible {
      try await evaluator.evaluate(memory: availableMemory) { parts in
        let task = ManyShotEvaluation(
          contexts: parts.contexts,
          coding: parts.coding,
          sink: parts.sink,
          configuration: configuration
        )
        return try task.run(examples, note: console.note, detail: console.detail)
      }
    }
    try console.result(rows, format: form.format, lines: rows.lines)
  }
}
