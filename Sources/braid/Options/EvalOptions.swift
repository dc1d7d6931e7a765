internal import APITypes
internal import ArgumentParser
internal import CommandLineSupport
internal import KVFormat
internal import Tables
internal import Workbench

/// The form of a table of results.
enum TableFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
  case text, md, json, jsonl, csv
}

struct TableFormatOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The form of the result. md is Markdown; jsonl is JSON with one object on each line.",
      valueName: "form"
    )
  )
  var format = TableFormat.text
}

extension Console {
  /// Writes rows of results.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - format: The form.
  ///   - lines: The rows as text for people.
  ///   - markdown: The rows in Markdown; nil for a table of all their fields.
  /// - Throws: ``CommandFailure`` when the rows cannot be written, `EncodingError` for numbers that JSON does
  ///   not have.
  func result<Row: TableRow>(
    _ rows: [Row],
    format: TableFormat,
    lines: [String],
    markdown: [String]? = nil
  ) throws {
    switch format {
    case .text: try result(lines: lines)
    case .md: try result(lines: try markdown ?? TableText.markdown(rows))
    case .json: try result(json: rows)
    case .jsonl: try result(try TableText.jsonLines(rows))
    case .csv: try result(try TableText.csv(rows))
    }
  }
}

/// Options for the model, precision and codec of an evaluation.
struct EvaluationOptions: ParsableArguments {
  @OptionGroup var wire: CodecOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var precision: ComputeOptions

  /// The evaluator that these options ask for.
  ///
  /// - Parameter sink: What everything begins with; nil for the default.
  /// - Returns: The evaluator.
  /// - Throws: ``CommandFailure`` for a model or a precision that cannot be had.
  func evaluator(sink: String?) throws(CommandFailure) -> Evaluator {
    Evaluator(
      model: try model.choice(precision),
      sink: sink,
      codec: wire.codec,
      threads: availableCores()
    )
  }
}

/// Options of the evaluations that ask questions.
struct QuestionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Lengths of the contexts in tokens, separated by commas, with rows of results each. (default: 4096)",
      valueName: "list"
    ),
    transform: { try numbers($0, name: "context", in: 1...1 << 24) }
  )
  var context = [4096]

  @Option(
    help: ArgumentHelp(
      "How many questions are asked for each row of results, from 1 to 100000.",
      valueName: "count"
    )
  )
  var trials = 5

  @Option(
    help: ArgumentHelp(
      "The methods to compare, separated by commas or semicolons: names of `braid ask --policy`, each with its "
        + "parts behind it, such as naive,best,left=256.",
      valueName: "list"
    )
  )
  var policies = "full-attention,best"

  @Option(
    help: ArgumentHelp(
      "The seed of all random choices, a whole number from 0. The same seed gives the same questions.",
      valueName: "number"
    )
  )
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "The prefix of every context and chunk: chat, the opening of the model's chat template; bos, its "
        + "begin-of-text token; none; or a text. (default: chat)",
      valueName: "sink"
    )
  )
  var sink: String?

  /// The options as words of a command line, without the sink.
  var words: [String] {
    [
      "--context", context.map(String.init).joined(separator: ","), "--trials", String(trials),
      "--policies", policies, "--seed", String(seed),
    ]
  }

  mutating func validate() throws {
    try braid.validate("trials", trials, in: 1...100_000)
  }
}

/// The option for the codec by which keys and values are coded and decoded again.
struct CodecOptions: ParsableArguments {
  @Option(
    name: .customLong("wire"),
    help: ArgumentHelp(
      "Code and decode the keys and values of chunks, as between worker and coordinator, before they are read: "
        + "bf16 changes nothing, int8 loses a little. (default: bf16)",
      valueName: "codec"
    ),
    transform: codec
  )
  var codec = KVCodec.bf16

  private static func codec(_ text: String) throws -> KVCodec {
    guard let codec = KVCodec(rawValue: text) else {
      let known = KVCodec.allCases.map(\.rawValue).joined(separator: " or ")
      throw ValidationError("--wire is \"\(text)\": it must be \(known).")
    }
    return codec
  }
}

/// Reads whole numbers separated by commas; repeated ones are taken once.
func numbers(_ text: String, name: String, in range: ClosedRange<Int>) throws -> [Int] {
  var numbers: [Int] = []
  for part in text.split(separator: ",", omittingEmptySubsequences: false) {
    guard let number = Int(part), range.contains(number) else {
      throw ValidationError(
        "--\(name) is \"\(text)\": write numbers from \(range.lowerBound) to \(range.upperBound), separated by commas."
      )
    }
    if !numbers.contains(number) { numbers.append(number) }
  }
  return numbers
}
