internal import APITypes
internal import ArgumentParser
internal import CommandLineSupport
internal import KVFormat
internal import Runtime
internal import Threads
internal import Workbench

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Encode a document with workers on this machine and answer questions about it.",
    discussion: """
      Starts worker processes on this machine, encodes the document, prints the answers, and stops the workers. No \
      coordinator is needed. Progress and times go to standard error; with --format json the times are part of the \
      result.
      """
  )

  @Argument(help: "A text file, or - for standard input.")
  var document: String

  @Option(
    help: ArgumentHelp(
      "A question about the document; may be given several times. Without one the document is only encoded.",
      valueName: "question"
    )
  )
  var ask: [String] = []

  @Option(help: ArgumentHelp("How many worker processes to start, from 1 to 64.", valueName: "count"))
  var workers = 1

  @Option(
    help: ArgumentHelp(
      "How many chunks each worker encodes at a time, from 1 to 1024. By default all cores are shared among the "
        + "workers.",
      valueName: "count"
    )
  )
  var lanes: Int?

  @OptionGroup var pinning: PinningOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var cutting: CuttingOptions
  @OptionGroup var wire: WireOptions
  @OptionGroup var summaries: SummaryOptions
  @OptionGroup var answering: AnsweringOptions
  @OptionGroup var precision: ComputeOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var form: FormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  mutating func validate() throws {
    if !(1...64).contains(workers) {
      throw ValidationError("--workers is \(workers): it must lie between 1 and 64.")
    }
    if let lanes { try validateLanes(lanes) }
    if answering.explain, ask.isEmpty { throw ValidationError("--explain needs a question: add --ask.") }
    if ask.contains(where: { $0.allSatisfy(\.isWhitespace) }) {
      throw ValidationError("--ask is empty: write a question.")
    }
  }

  /// Returns the number of lanes of each worker.
  func laneCount() throws(CommandFailure) -> Int {
    if let lanes { return lanes }
    return try Settings.current.lanes() ?? max(1, availableCores() / workers)
  }

  func run() async throws {
    let console = verbosity.console()
    let lanes = try laneCount()
    let processors = try LanePinning.shares(
      of: allowedProcessors(),
      workers: workers,
      lanes: lanes,
      pins: pinning.pin
    )
    let file = try DocumentFile(path: document)
    console.noteLanes(workers: workers, lanes: lanes)
    let cutting = try cutting.encoding(for: answering.policy)
    let job = RunJob(
      file: file,
      submission: DocumentSubmission(
        name: file.name,
        chunkTokens: cutting.chunkTokens,
        leftTokens: cutting.left,
        anchor: cutting.anchor,
        sink: cutting.sink,
        wire: try wire.value(),
        summaries: try summaries.value()
      ),
      questions: ask.map { answering.request(document: "", question: $0) },
      workers: workers,
      lanes: lanes,
      processors: processors,
      model: try model.choice(precision, memory: memory.memory),
      json: form.format == .json,
      console: console
    )
    try await interruptible { try await job.run() }
  }
}

/// The work of `braid run`, from the model to the last answer.
private struct RunJob: Sendable {
  var file: DocumentFile
  var submission: DocumentSubmission
  var questions: [ChatRequest]
  var workers: Int
  var lanes: Int
  /// The processors of each worker's lanes; nil if the system chooses.
  var processors: [[Int]]?
  var model: ModelChoice
  var json: Bool
  var console: Console

  func run() async throws {
    let cluster = try LocalCluster(
      workers: workers,
      lanes: lanes,
      processors: processors,
      model,
      try await model.load(for: ModelUse(answers: true, workers: workers, workerLanes: lanes)),
      console: console
    )
    for warning in cluster.coordinator.modelWarnings { console.note("warning: \(warning)") }
    try await cluster.run { try await encodeAndAsk($0) }
  }

  private func encodeAndAsk(_ coordinator: CoordinatorNode) async throws {
    let status = try await coordinator.submit(submission, bytes: file.bytes)
    console.reportReplacedBytes(status)
    let summary = try await console.follow(try await coordinator.events(status.id))
    if !json { summary.lines.forEach(console.note) }
    var answers: [AnswerReport] = []
    for question in questions { answers.append(try await answer(question, status.id, coordinator)) }
    if json {
      try console.result(
        json: JobReport(
          summary: summary,
          answers: answers.isEmpty ? nil : answers,
          replacedInvalidBytes: status.replacedInvalidBytes
        )
      )
    }
  }

  private func answer(
    _ question: ChatRequest,
    _ document: String,
    _ coordinator: CoordinatorNode
  ) async throws -> AnswerReport {
    var question = question
    question.document = document
    let text = question.messages.last?.content ?? ""
    if !json, questions.count > 1 { console.note("> \(text)") }
    let report = try await console.collect(
      try await coordinator.answer(question),
      question: text,
      streams: !json
    )
    if !json {
      console.note(report.timing)
      console.tellSeed(report)
      console.explain(report)
    }
    return report
  }
}
