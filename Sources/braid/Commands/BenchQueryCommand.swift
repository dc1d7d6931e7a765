internal import ArgumentParser
internal import Benchmarks
internal import CommandLineSupport
internal import Workbench

struct BenchQueryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Measure how fast this machine answers over contexts of several lengths.",
    discussion: """
      Encodes a generated text in this process, without a coordinator, and answers a generated question over the first \
      tokens of it, greedily and past every stop token. The contexts take turns. With --llama-bench llama.cpp generates \
      as many tokens behind a context of the same length; it reads the whole context first each time, which takes long. \
      With --encode longer contexts repeat the chunks of a shorter one, which takes neither the time nor the memory of \
      encoding them.
      """
  )

  @Option(
    help: ArgumentHelp(
      "Lengths of the contexts in tokens, at most 64 numbers separated by commas. (default: 1024,16384)",
      valueName: "list"
    ),
    transform: contexts
  )
  var context = [1024, 16384]

  @Option(
    help: ArgumentHelp(
      "The method by which the contexts are read, as for `braid ask`; it must not demand another encoding.",
      valueName: "policy"
    )
  )
  var policy = "best"

  @Option(
    help: ArgumentHelp(
      "How many tokens of an answer are timed, behind the first; from 1 to 1048576.",
      valueName: "tokens"
    )
  )
  var tokens = 32

  @Option(help: ArgumentHelp("The length of the question in tokens, from 1 to 1048576.", valueName: "tokens"))
  var questionTokens = 32

  @Option(help: ArgumentHelp("The size of a chunk in tokens, from 1 to 1048576.", valueName: "tokens"))
  var chunkTokens = 1024

  @Option(
    help: ArgumentHelp(
      "How many threads answer, from 1 to 1024. By default one for each core.",
      valueName: "count"
    )
  )
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "How often the question is answered over each context, after a first time that does not count; from 1 to 1000.",
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

  @Flag(
    inversion: .prefixedNo,
    help:
      "Draft tokens from the context, as answers do. By default not, so that each token is timed by itself."
  )
  var lookup = false

  @Option(
    help: ArgumentHelp(
      "Also answer so many questions at a time over each context, each another one; at most 16 numbers from 1 to 256 "
        + "separated by commas. As many questions are answered for each number, and 1 answers them one after another.",
      valueName: "list"
    ),
    transform: concurrency
  )
  var concurrency: [Int] = []

  @Option(
    help: ArgumentHelp(
      "Encode at most so many tokens, whole chunks, and repeat these in longer contexts. By default all are encoded.",
      valueName: "tokens"
    )
  )
  var encode: Int?

  @Option(
    help: ArgumentHelp(
      "Compare the chunks that are chosen with those of a full scan, for so many questions: runs of the text behind "
        + "what is encoded; from 1 to 10000. By default not.",
      valueName: "questions"
    )
  )
  var recall: Int?

  @Option(
    help: ArgumentHelp(
      "Take contexts and questions from a text file. By default they are generated.",
      valueName: "file"
    )
  )
  var document: String?

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
    if let encode, !(1...(1 << 24)).contains(encode) || !encode.isMultiple(of: chunkTokens) {
      throw ValidationError(
        "--encode is \(encode): it must be a multiple of the chunk's \(chunkTokens) tokens, 16777216 at most."
      )
    }
    if let recall, !(1...10000).contains(recall) {
      throw ValidationError("--recall is \(recall): it must lie between 1 and 10000.")
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
      model: try model.choice(precision),
      configuration: QueryBenchmark.Configuration(
        contexts: context,
        chunkTokens: chunkTokens,
        questionTokens: questionTokens,
        tokens: tokens,
        threads: threads,
        reading: reading,
        policyName: policy,
        drafts: lookup,
        concurrency: concurrency,
        encodedTokens: encode,
        recallQuestions: recall ?? 0
      ),
      lanes: availableCores(),
      repetitions: repetitions,
      peers: try LlamaBench.peers(program: llamaBench, models: llamaModel, usual: path, threads: threads),
      document: try document.map { path throws(CommandFailure) in try DocumentFile(path: path).bytes }
    )
    let rows = try await interruptible {
      try await comparison.rows(memory: availableMemory, taskset: taskset, note: console.note)
    }
    switch form.format {
    case .json: try console.result(json: rows)
    case .text: try console.result(lines: rows.lines)
    }
  }

  private static func concurrency(_ text: String) throws -> [Int] {
    let numbers = try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let number = Int(part), (1...256).contains(number) else {
        throw ValidationError("--concurrency is \"\(text)\": write numbers from 1 to 256, such as 1,4,16.")
      }
      return number
    }
    guard numbers.count <= 16 else {
      throw ValidationError("--concurrency has \(numbers.count) numbers: 16 is the most.")
    }
    return numbers
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
