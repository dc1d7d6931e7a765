internal import ArgumentParser
internal import Benchmarks
internal import CommandLineSupport
internal import Workbench

struct BenchEncodeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Measure how fast this machine encodes chunks.",
    discussion: """
      Encodes a generated text in this process, without a coordinator, and measures the speed of matrix products alone on \
      the model's shapes before and after each repetition. The utilization is the useful arithmetic (the causal half \
      counted once) over what the products alone would have done in the same time. Unless it computes in bf16 itself, \
      bf16 is measured in turn for comparison, where the processor has it and there is memory for both. docs/performance.md has results.
      """
  )

  @Option(help: ArgumentHelp("The length of the text in tokens, at least 1.", valueName: "tokens"))
  var tokens = 16384

  @Option(help: ArgumentHelp("The size of a chunk in tokens, at least 1.", valueName: "tokens"))
  var chunkTokens = 1024

  @Option(
    help: ArgumentHelp(
      "How many chunks are encoded at a time, each on a core of its own, from 1 to 1024. By default one for each core.",
      valueName: "count"
    )
  )
  var lanes: Int?

  @Option(
    help: ArgumentHelp(
      "How often the text is encoded, after a first time that does not count; from 1 to 1000.",
      valueName: "count"
    )
  )
  var repetitions = 3

  @Option(
    help: ArgumentHelp(
      "Also measure llama.cpp, in turn, with its program llama-bench at this path. By default not.",
      valueName: "path"
    )
  )
  var llamaBench: String?

  @Option(
    help: ArgumentHelp(
      "A model file for llama-bench, such as another quantisation; may be given several times. By default that "
        + "of --model.",
      valueName: "file"
    )
  )
  var llamaModel: [String] = []

  @Option(
    help: ArgumentHelp(
      "With --llama-bench: the length of its prompt in tokens. By default that of a chunk.",
      valueName: "tokens"
    )
  )
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
      model: try model.choice(precision),
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
