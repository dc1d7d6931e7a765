internal import ArgumentParser
internal import CommandLineSupport
internal import Evaluation
internal import ParallelContext
internal import Workbench

/// Options of the evaluations that predict segments of a document.
struct SegmentOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Tokens of the context of each segment, at least 1.", valueName: "tokens"))
  var context = 4096

  @Option(
    help: ArgumentHelp(
      "Tokens behind each context whose prediction is measured, at least 1.",
      valueName: "tokens"
    )
  )
  var score = 256

  @Option(
    help: ArgumentHelp(
      "Into how many chunks the context is cut: numbers from 1 to 65536, separated by commas, with a row of "
        + "results each. (default: 4,8)",
      valueName: "list"
    ),
    transform: counts
  )
  var chunks = [4, 8]

  @Option(
    help: ArgumentHelp(
      "How many segments of the document are measured, from 1 to 100000. Results are means over them.",
      valueName: "count"
    )
  )
  var segments = 1

  @Option(
    help: ArgumentHelp(
      "The methods to compare, separated by commas or semicolons: names of `braid ask --policy`, each with its "
        + "parts behind it, such as naive,best,left=256.",
      valueName: "list"
    )
  )
  var policies = "full-attention,naive,shared-sink,attention-entropy,best"

  @Option(
    help: ArgumentHelp(
      "Shifts the segments within the document: a whole number from 0. The same seed measures the same places.",
      valueName: "number"
    )
  )
  var seed: UInt64 = 0

  @Flag(
    help:
      "Also count how often a policy chooses the chunks that the exact rule would. It takes as long as that rule."
  )
  var recall = false

  @Option(
    help: ArgumentHelp(
      "The prefix of every context and chunk: chat, the opening of the model's chat template; bos, its "
        + "begin-of-text token; none; or a text. (default: chat)",
      valueName: "sink"
    )
  )
  var sink: String?

  mutating func validate() throws {
    try braid.validate("context", context, in: OptionRange.tokens)
    try braid.validate("score", score, in: OptionRange.tokens)
    try braid.validate("segments", segments, in: 1...100_000)
    if let most = chunks.max(), most > context {
      throw ValidationError("--chunks asks for \(most) chunks of a context of \(context) tokens.")
    }
  }

  /// Returns the settings of the evaluation.
  func configuration() throws(CommandFailure) -> PerplexityEvaluation.Configuration {
    var configuration = PerplexityEvaluation.Configuration(
      context: context,
      score: score,
      chunkCounts: chunks,
      segments: segments,
      policies: try NamedMethod.evaluated(policies),
      seed: seed
    )
    configuration.comparesWithExact = recall
    return configuration
  }

  /// The options as words of a command line, without the sink.
  var words: [String] {
    [
      "--context", String(context), "--score", String(score),
      "--chunks", chunks.map(String.init).joined(separator: ","), "--segments", String(segments),
      "--policies", policies, "--seed", String(seed),
    ] + (recall ? ["--recall"] : [])
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
