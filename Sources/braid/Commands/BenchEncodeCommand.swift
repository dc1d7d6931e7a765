internal import ArgumentParser
internal import Benchmarks
internal import CommandLineSupport

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
    let setup = EncodeBenchmarkSetup(
      modelPath: path,
      tokens: tokens,
      chunkTokens: min(chunkTokens, tokens),
      lanes: lanes,
      compute: try precision.value()
    )
    let forms = llamaModel.isEmpty ? [path] : llamaModel
    let peers = try llamaBench.map { program in
      try forms.map { try LlamaBench(program: program, model: $0, threads: lanes) }
    }
    let report = try await interruptible {
      try await measure(setup, peers: peers ?? [], prompt: llamaPrompt ?? setup.chunkTokens, console: console)
    }
    switch form.format {
    case .json: try console.result(json: report)
    case .text: try console.result(lines: report.lines)
    }
  }

  /// All contenders take turns, so that a slower spell of the machine meets each of them.
  private func measure(
    _ setup: EncodeBenchmarkSetup,
    peers: [LlamaBench],
    prompt: Int,
    console: Console
  ) async throws -> EncodeBenchmarkReport {
    let (benchmark, bf16) = try await makeEncodeBenchmarks(setup)
    var rates = [[Double]](repeating: [], count: peers.count)
    for round in 0...repetitions {
      console.note(round == 0 ? "warm-up" : "repetition \(round) of \(repetitions)")
      try await benchmark.repeatOnce(isWarmUp: round == 0)
      try await bf16?.repeatOnce(isWarmUp: round == 0)
      guard round > 0 else { continue }
      for (index, peer) in peers.enumerated() {
        rates[index].append(try await peer.tokensPerSecond(.prompt(tokens: prompt)))
      }
    }
    var report = try await benchmark.report()
    if let bf16 {
      let rate = try await bf16.report().tokensPerSecond
      report.bf16TokensPerSecond = rate
      report.speedupOverBf16 = report.tokensPerSecond / rate
    }
    if !peers.isEmpty {
      let results = zip(peers, rates).map { $0.result(promptTokens: prompt, tokensPerSecond: median($1)) }
      report.llama = results
      report.speedupOverLlama = report.tokensPerSecond / (results.map(\.tokensPerSecond).max() ?? .infinity)
    }
    return report
  }
}
