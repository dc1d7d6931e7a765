internal import ArgumentParser
internal import CommandLineSupport
internal import Evaluation
internal import ParallelContext
internal import Workbench

/// Options of the evaluations that predict segments of a document.
struct SegmentOptions: ParsableArguments {
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
    help: ArgumentHelp(
      "Policies, separated by commas or semicolons; parts follow their policy's name.",
      valueName: "list"
    )
  )
  var policies = "full-attention,naive,sink,paper,best"

  @Option(help: "Moves the segments.")
  var seed: UInt64 = 0

  @Flag(help: "Also count how often chunks are chosen as the exact rule would; costs as much as that rule.")
  var recall = false

  @Option(help: "What everything begins with: none, bos, chat, or a text.")
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
