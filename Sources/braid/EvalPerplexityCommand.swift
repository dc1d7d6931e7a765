internal import ArgumentParser
internal import CommandLineSupport
internal import Evaluation

struct EvalPerplexityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perplexity",
    abstract: "Measure how well a document's tokens are predicted from chunks of the text before them.",
    discussion: """
      Takes segments of the document, each a context and a tail whose tokens are scored. `kept` is the share of the \
      context's use that a policy keeps: 0 where it predicts no better than without context, 1 where it predicts as full \
      attention does. Policies are those of --policy elsewhere, and `full-attention` and `naive` (no sink, all chunks in \
      one place).
      """
  )

  @Argument(help: "A text file, or - for standard input.")
  var document: String

  @Option(help: "Tokens of a context.")
  var context = 4096

  @Option(help: "Tokens of a tail that are scored.")
  var score = 256

  @Option(
    help: ArgumentHelp("Into how many chunks the context is cut.", valueName: "counts"),
    transform: counts
  )
  var chunks = [4, 8]

  @Option(help: "How many segments of the document are taken.")
  var segments = 1

  @Option(
    help: ArgumentHelp("Policies, separated by commas; those in parts by semicolons.", valueName: "list")
  )
  var policies = "full-attention,naive,sink,paper,best"

  @Option(help: "Moves the segments.")
  var seed: UInt64 = 0

  @Flag(help: "Also count how often chunks are chosen as the exact rule would; costs as much as that rule.")
  var recall = false

  @Option(help: "What everything begins with: none, bos, chat, or a text.")
  var sink: String?

  @OptionGroup var model: ModelOptions
  @OptionGroup var precision: ComputeOptions
  @OptionGroup var form: TableFormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  mutating func validate() throws {
    for (name, value) in [("context", context), ("score", score), ("segments", segments)] where value < 1 {
      throw ValidationError("--\(name) is \(value): it must be 1 or more.")
    }
    if let most = chunks.max(), most > context {
      throw ValidationError("--chunks asks for \(most) chunks of a context of \(context) tokens.")
    }
  }

  func run() async throws {
    let console = verbosity.console()
    let file = try DocumentFile(path: document)
    var configuration = PerplexityEvaluation.Configuration(
      context: context,
      score: score,
      chunkCounts: chunks,
      segments: segments,
      policies: try evaluatedPolicies(policies),
      seed: seed
    )
    configuration.comparesWithExact = recall
    let setup = EvaluationSetup(modelPath: try model.path(), compute: try precision.value(), sink: sink)
    let chosen = configuration
    let rows = try await interruptible {
      try await evaluatePerplexity(setup, chosen, document: file.bytes) { [segments] segment in
        console.note("segment \(segment + 1) of \(segments)")
      }
    }
    try console.result(rows, format: form.format, lines: rows.lines)
  }

  private static func counts(_ text: String) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let count = Int(part), (1...65536).contains(count) else {
        throw ValidationError("--chunks is \"\(text)\": write numbers of 1 or more, such as 4,8,16.")
      }
      return count
    }
  }
}
