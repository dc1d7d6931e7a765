internal import ArgumentParser
internal import Benchmarks
internal import CommandLineSupport
internal import HTTPClient
internal import KVFormat
internal import Machine
internal import Threads
internal import Workbench

struct BenchScalingCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract: "Measure how encoding a document scales with workers.",
    discussion: """
      Starts worker processes, each lane pinned to a core of its own, and encodes a document with each of the numbers of \
      workers in turn; nothing is reused from one run to the next. With --coordinator the workers of a running coordinator \
      are used instead. For comparison the table also has one process without a coordinator, and full attention (one \
      causal pass over the whole document), which is measured up to a length that takes less than a minute and \
      extrapolated beyond. docs/scaling.md explains the columns.
      """
  )

  @Option(
    help: ArgumentHelp(
      "Numbers of workers to measure, from 1 to 64, such as 1,2,4 or 1-4; with --coordinator up to 4096. By "
        + "default 1 and the powers of two up to the number of cores.",
      valueName: "list"
    ),
    transform: workerCounts
  )
  var workers: [Int]?

  @Flag(
    help: "Weak scaling: the document has --tokens tokens for each worker, so it grows with their number."
  )
  var weak = false

  @Option(
    help: ArgumentHelp(
      "The length of the document in tokens, at least 1. By default 32768, or all of --document.",
      valueName: "tokens"
    )
  )
  var tokens: Int?

  @Option(
    help: ArgumentHelp(
      "The document, a text file, or - for standard input. By default a generated text.",
      valueName: "file"
    )
  )
  var document: String?

  @Option(
    help: ArgumentHelp(
      "How many chunks each worker encodes at a time, each on a core of its own, from 1 to 1024. Not with "
        + "--coordinator. (default: 1)",
      valueName: "count"
    )
  )
  var lanes: Int?

  @Option(
    help: ArgumentHelp(
      "How often everything is measured, after a short first run that does not count; from 1 to 1000.",
      valueName: "count"
    )
  )
  var repetitions = 5

  @Option(
    help: ArgumentHelp(
      "Use the workers of the coordinator at this HTTP address. By default workers are started on this machine.",
      valueName: "url"
    )
  )
  var coordinator: String?

  @Flag(inversion: .prefixedNo, help: "Also measure one process without a coordinator, with as many lanes.")
  var singleProcess = true

  @Flag(inversion: .prefixedNo, help: "Also measure full attention.")
  var fullAttention = true

  @Option(
    help: ArgumentHelp(
      "Further document lengths in tokens for the report's chart, separated by commas; the largest number of "
        + "workers encodes each once.",
      valueName: "list"
    ),
    transform: { try numbers($0, name: "lengths", in: 1...1 << 24) }
  )
  var lengths: [Int]?

  @Option(
    help: ArgumentHelp(
      "Also write report.html, a page with charts, and its parts as Markdown and SVG into this folder.",
      valueName: "folder"
    )
  )
  var report: String?

  @OptionGroup var cutting: CuttingOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var precision: ComputeOptions
  @OptionGroup var form: TableFormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  mutating func validate() throws {
    try braid.validate("tokens", tokens, in: OptionRange.tokens)
    try braid.validate("repetitions", repetitions, in: 1...1000)
    if let lanes { try validateLanes(lanes) }
    if cutting.anchor != nil {
      throw ValidationError("--anchor is not for this measurement: leave it out, or measure with --left.")
    }
    if lanes != nil, coordinator != nil {
      throw ValidationError("--lanes is for workers that are started here, not for those of --coordinator.")
    }
    if coordinator == nil, let most = workers?.max(), most > 64 {
      throw ValidationError("--workers asks for \(most) processes: 64 is the most that are started here.")
    }
    if weak, document != nil, tokens == nil {
      throw ValidationError(
        "--weak with --document needs --tokens: how many of its tokens are for each worker."
      )
    }
    let most = workers?.max() ?? 1
    let wanted = tokens ?? ScalingRequest.usualTokens
    if weak, most > OptionRange.tokens.upperBound / wanted {
      throw ValidationError(
        "--weak asks for \(wanted) tokens for each of \(most) workers: \(OptionRange.tokens.upperBound) together is "
          + "the most."
      )
    }
    if report?.isEmpty == true { throw ValidationError("--report is empty: name a folder.") }
  }

  func run() async throws {
    let console = verbosity.console()
    let request = try request()
    let folder = try report.map { path throws(CommandFailure) in try ReportFolder(path: path) }
    let run = ScalingRun(
      request,
      on: ScalingRun.Machine(
        cores: availableCores(),
        processors: allowedProcessors(),
        processorName: SystemLimits().processorName()
      ),
      cluster: { plan, loaded, measure in
        let cluster = try LocalCluster(
          workers: plan.workers,
          lanes: plan.lanes,
          processors: plan.processors,
          request.model,
          loaded,
          console: console
        )
        return try await cluster.run { try await measure(LocalTarget($0)) }
      },
      note: console.note,
      warn: console.warn
    )
    let result = try await interruptible { try await run.result() }
    try console.result(
      result.rows,
      format: form.format,
      lines: result.lines,
      markdown: result.markdown
    )
    try folder?.write(result.report(command: command(result, request)), withPage: true, console)
  }

  private func request() throws -> ScalingRequest {
    ScalingRequest(
      model: try model.choice(precision),
      workers: workers ?? ScalingRequest.usualWorkers(cores: availableCores()),
      tokens: tokens,
      document: try document.map { path throws(CommandFailure) in
        let file = try DocumentFile(path: path)
        return ScalingRequest.Document(name: file.name, bytes: file.bytes)
      },
      isWeak: weak,
      chunkTokens: cutting.chunkTokens ?? ScalingRequest.usualChunkTokens,
      leftTokens: cutting.left ?? 0,
      sink: cutting.sink,
      lanes: lanes ?? 1,
      repetitions: repetitions,
      coordinator: try coordinator.map { text in
        try CoordinatorURL(parsing: try Settings.current.httpCoordinator(flag: text))
      },
      includesSingleProcess: singleProcess,
      includesFullAttention: fullAttention,
      lengths: lengths,
      wantsLengths: report != nil
    )
  }

  /// The command line that measures the same again.
  private func command(_ result: ScalingResult, _ request: ScalingRequest) -> String {
    var words = ["braid", "bench", "scaling", "--workers"]
    words.append(request.workers.map(String.init).joined(separator: ","))
    if weak { words.append("--weak") }
    if let document { words += ["--document", document] }
    words += ["--tokens", String(result.plan.tokens), "--chunk-tokens", String(request.chunkTokens)]
    words += ["--left", String(result.facts.leftTokens)]
    if let sink = request.sink { words += ["--sink", sink] }
    if let coordinator {
      words += ["--coordinator", coordinator]
    } else {
      words += ["--lanes", String(request.lanes)]
    }
    words += ["--repetitions", String(repetitions), "--compute", request.model.compute.rawValue]
    words += ["--weights", request.model.weights.rawValue]
    if let lengths { words += ["--lengths", lengths.map(String.init).joined(separator: ",")] }
    if !singleProcess { words.append("--no-single-process") }
    if !fullAttention { words.append("--no-full-attention") }
    return ShellText.line(words + ["--model", request.model.path])
  }

  private static func workerCounts(_ text: String) throws -> [Int] {
    guard let counts = CountList.parse(text, in: 1...4096) else {
      throw ValidationError(
        "--workers is \"\(text)\": write numbers and ranges from 1 to 4096, such as 1,2,4 or 1-4."
      )
    }
    return counts
  }
}
