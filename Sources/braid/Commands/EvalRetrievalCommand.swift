internal import ArgumentParser
internal import CommandLineSupport
internal import Evaluation
internal import ParallelContext
internal import Workbench

struct EvalRetrievalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retrieval",
    abstract: "Measure how often facts hidden in a document are found.",
    discussion: """
      Hides made-up facts in a part of the document and asks for them, like the tasks of RULER (arXiv 2404.06654). \
      `single` hides one number with a key, `multi-key` four numbers with a key each, `multi-value` four numbers with \
      the same key, `json` an object of random identifiers. `accuracy` is the share of the values asked for that are in \
      the answers; `selection_recall` the share of rows (layer, head, token) that attend the chunk with the fact. Full \
      attention is left out where the context is longer than the model was trained for.
      """
  )

  @Argument(help: "A text file, or - for standard input.")
  var document: String

  @Option(
    help: ArgumentHelp(
      "Where the fact lies, in percent of the context from its start: numbers from 0 to 100, separated by "
        + "commas. (default: 0,25,50,75,100)",
      valueName: "list"
    ),
    transform: { try numbers($0, name: "depths", in: 0...100) }
  )
  var depths = [0, 25, 50, 75, 100]

  @Option(
    help: ArgumentHelp(
      "What is hidden, separated by commas: single, multi-key, multi-value, json. (default: single)",
      valueName: "list"
    ),
    transform: tasks
  )
  var tasks = [RetrievalTask.single]

  @Option(help: ArgumentHelp("The size of a chunk in tokens, at least 1.", valueName: "tokens"))
  var chunkTokens = 1024

  @OptionGroup var questions: QuestionOptions
  @OptionGroup var report: ReportOptions
  @OptionGroup var evaluation: EvaluationOptions
  @OptionGroup var form: TableFormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  mutating func validate() throws {
    try braid.validate("chunk-tokens", chunkTokens, in: OptionRange.tokens)
  }

  func run() async throws {
    let console = verbosity.console()
    let file = try DocumentFile(path: document)
    let configuration = RetrievalEvaluation.Configuration(
      contexts: questions.context,
      tasks: tasks,
      depths: depths,
      trials: questions.trials,
      chunkTokens: chunkTokens,
      policies: try NamedMethod.evaluated(questions.policies),
      seed: questions.seed
    )
    let evaluator = try evaluation.evaluator(sink: questions.sink)
    let folder = try report.folder()
    let rows = try await interruptible {
      try await evaluator.evaluate(memory: availableMemory) { parts in
        let task = RetrievalEvaluation(
          contexts: parts.contexts,
          coding: parts.coding,
          sink: parts.sink,
          configuration: configuration
        )
        return try task.run(
          document: parts.encode(file.bytes),
          note: console.note,
          detail: console.detail
        )
      }
    }
    try console.result(rows, format: form.format, lines: rows.lines)
    try folder?.write(rows.report(command: evaluator.command(words)), console)
  }

  /// The evaluation and its options, as words of a command line.
  private var words: [String] {
    [
      "retrieval", document, "--depths", depths.map(String.init).joined(separator: ","),
      "--tasks", tasks.map(\.rawValue).joined(separator: ","), "--chunk-tokens", String(chunkTokens),
    ] + questions.words
  }

  private static func tasks(_ text: String) throws -> [RetrievalTask] {
    var tasks: [RetrievalTask] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let task = RetrievalTask(rawValue: String(part)) else {
        let known = RetrievalTask.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--tasks: \"\(part)\" is not known; there are \(known).")
      }
      if !tasks.contains(task) { tasks.append(task) }
    }
    return tasks
  }
}
