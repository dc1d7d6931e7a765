internal import ArgumentParser
internal import Benchmarks
internal import CommandLineSupport
internal import Workbench

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
    let reading = try benchmarkReading(policy)
    let path = try model.path()
    let threads = threads ?? availableCores()
    let comparison = QueryComparison(
      model: ModelChoice(path: path, compute: try precision.value(), threads: availableCores()),
      configuration: QueryBenchmark.Configuration(
        contexts: context,
        chunkTokens: chunkTokens,
        questionTokens: questionTokens,
        tokens: tokens,
        threads: threads,
        reading: reading,
        policyName: policy
      ),
      lanes: availableCores(),
      repetitions: repetitions,
      peers: try LlamaBench.peers(program: llamaBench, models: llamaModel, usual: path, threads: threads)
    )
    let rows = try await interruptible {
      try await comparison.rows(memory: availableMemory, taskset: taskset, note: console.note)
    }
    switch form.format {
    case .json: try console.result(json: rows)
    case .text: try console.result(lines: rows.lines)
    }
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
