internal import ArgumentParser
internal import Benchmarks
internal import CommandLineSupport
internal import Workbench

struct BenchEncodeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Measure how fast this machine encodes chunks.",
    discussion: """
      Encodes a made-up text in this process, without a coordinator, and measures the matrix library's own speed on \
      the model's shapes before and after each repetition. The utilization is the useful arithmetic (the causal half \
      counted once) over what the library would have done in the same time. A precision other than bf16 is compared \
      with bf16 in turn, and with --llama-bench so is llama.cpp.
      """
  )

  @Option(help: "Tokens of the document.")
  var tokens = 16384

  @Option(help: "Tokens of a chunk.")
  var chunkTokens = 1024

  @Option(help: "How many chunks are encoded at a time, each on a core of its own. By default one per core.")
  var lanes: Int?

  @Option(help: "How often the document is encoded, after a first time that does not count.")
  var repetitions = 3

  @Option(help: "The llama-bench program to compare with.")
  var llamaBench: String?

  @Option(
    help: ArgumentHelp("A form of the model for llama-bench; may be given more than once.", valueName: "file")
  )
  var llamaModel: [String] = []

  @Option(help: "Tokens of llama-bench's prompt. By default those of a chunk.")
  var llamaPrompt: Int?

  @OptionGroup var model: ModelOptions
  @OptionGroup var precision: ComputeOptions
  @OptionGroup var form: FormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  mutating func validate() throws {
    try braid.validate("tokens", tokens, in: OptionRange.tokens)
    try braid.validate("chunk-tokens", chunkTokens, in: OptionRange.tokens)
    try braid.validate("repetitions", repetitions, in: 1...1000)
    try braid.validate("llama-prompt", llamaPrompt, in: OptionRange.tokens)
    if llamaBench == nil, !llamaModel.isEmpty {
      throw ValidationError("--llama-model needs --llama-bench, the program that runs it.")
    }
    if let lanes { try validateLanes(lanes) }
  }

  func run() async throws {
    let console = verbosity.console()
    let lanes = try lanes ?? Settings.current.lanes() ?? availableCores()
    let path = try model.path()
    let comparison = EncodeComparison(
      model: ModelChoice(path: path, compute: try precision.value(), threads: availableCores()),
      tokens: tokens,
      chunkTokens: chunkTokens,
      lanes: lanes,
      repetitions: repetitions,
      peers: try LlamaBench.peers(program: llamaBench, models: llamaModel, usual: path, threads: lanes),
      promptTokens: llamaPrompt
    )
    let report = try await interruptible {
      try await comparison.report(taskset: taskset, note: console.note)
    }
    switch form.format {
    case .json: try console.result(json: report)
    case .text: try console.result(lines: report.lines)
    }
  }
}
