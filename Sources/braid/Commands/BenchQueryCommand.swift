internal import ArgumentParser
internal import Benchmarks
internal import CommandLineSupport

struct BenchQueryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Measure how fast this machine answers over contexts of several lengths.",
    discussion: """
      Encodes a made-up text in this process, without a coordinator, and answers a question of made-up text over its \
      beginnings, greedily and past every stop token. The contexts take turns, with --llama-bench in turn with \
      llama.cpp's decoding at the same depth. llama.cpp first reads the whole context each time, which takes long at \
      great lengths.
      """
  )

  @Option(help: ArgumentHelp("Tokens of the contexts.", valueName: "tokens,..."), transform: contexts)
  var context = [1024, 16384]

  @Option(help: "How the contexts are read: a method or parts, as in `braid ask`.")
  var policy = "best"

  @Option(help: "Tokens of an answer that are timed: those after the first.")
  var tokens = 32

  @Option(help: "Tokens of the question.")
  var questionTokens = 32

  @Option(help: "Tokens of a chunk.")
  var chunkTokens = 1024

  @Option(help: "How many threads answer. By default one per core.")
  var threads: Int?

  @Option(
    help: "How often the question is answered over each context, after a first time that does not count."
  )
  var repetitions = 3

  @Option(help: "The llama-bench program to compare with.")
  var llamaBench: String?

  @Option(
    help: ArgumentHelp("A form of the model for llama-bench; may be given more than once.", valueName: "file")
  )
  var llamaModel: [String] = []

  @OptionGroup var model: ModelOptions
  @OptionGroup var precision: ComputeOptions
  @OptionGroup var form: FormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  mutating func validate() throws {
    for (name, value) in [
      ("tokens", tokens), ("question-tokens", questionTokens), ("chunk-tokens", chunkTokens),
    ] where !(1...(1 << 20)).contains(value) {
      throw ValidationError("--\(name) is \(value): it must lie between 1 and 1048576.")
    }
    if !(1...1000).contains(repetitions) {
      throw ValidationError("--repetitions is \(repetitions): it must lie between 1 and 1000.")
    }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is \(threads): it must lie between 1 and 1024.")
    }
    if llamaBench == nil, !llamaModel.isEmpty {
      throw ValidationError("--llama-model needs --llama-bench, the program that runs it.")
    }
  }

  func run() async throws {
    let console = verbosity.console()
    _ = try benchmarkReading(policy)
    let path = try model.path()
    let setup = QueryBenchmarkSetup(
      modelPath: path,
      contexts: context,
      chunkTokens: chunkTokens,
      questionTokens: questionTokens,
      tokens: tokens,
      threads: threads ?? availableCores(),
      policy: policy,
      compute: try precision.value()
    )
    let forms = llamaModel.isEmpty ? [path] : llamaModel
    let peers = try llamaBench.map { program in
      try forms.map { try LlamaBench(program: program, model: $0, threads: setup.threads) }
    }
    let rows = try await interruptible { try await measure(setup, peers: peers ?? [], console: console) }
    switch form.format {
    case .json: try console.result(json: rows)
    case .text: try console.result(lines: rows.lines)
    }
  }

  /// All contenders take turns, so that a slower spell of the machine meets each of them.
  private func measure(
    _ setup: QueryBenchmarkSetup,
    peers: [LlamaBench],
    console: Console
  ) async throws -> [QueryBenchmarkRow] {
    let benchmark = try await makeQueryBenchmark(setup) { done, all in
      if done == all || done.isMultiple(of: 8) { console.note("encoded \(done) of \(all) chunks") }
    }
    let contexts = setup.contexts
    var seconds = contexts.map { _ in peers.map { _ in [Double]() } }
    for round in 0...repetitions {
      console.note(round == 0 ? "warm-up" : "repetition \(round) of \(repetitions)")
      for index in contexts.indices {
        try await benchmark.answerOnce(context: index, isWarmUp: round == 0)
        guard round > 0 else { continue }
        for (form, peer) in peers.enumerated() {
          let rate = try await peer.tokensPerSecond(.decoding(tokens: setup.tokens, context: contexts[index]))
          seconds[index][form].append(1 / rate)
        }
      }
    }
    var rows = await benchmark.report()
    for index in rows.indices {
      rows[index].compare(
        with: zip(peers, seconds[index]).map { $0.result(secondsPerToken: median($1)) }
      )
    }
    return rows
  }

  private static func contexts(_ text: String) throws -> [Int] {
    let lengths = try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let length = Int(part), (1...(1 << 24)).contains(length) else {
        throw ValidationError(
          "--context is \"\(text)\": write numbers from 1 to 16777216, such as 1024,65536."
        )
      }
      return length
    }
    guard lengths.count <= 64 else {
      throw ValidationError("--context has \(lengths.count) lengths: 64 is the most.")
    }
    return lengths
  }
}
