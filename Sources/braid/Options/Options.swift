internal import APITypes
internal import ArgumentParser
internal import CommandLineSupport
internal import Glibc
internal import KVFormat
internal import Machine
internal import SystemText
internal import Tables
internal import Workbench

/// Options for the amount of output.
struct VerbosityOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Print only results, warnings and errors.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Also log details, and those of workers that this command starts.")
  var verbose = false

  mutating func validate() throws {
    if quiet, verbose { throw ValidationError("Only one of --quiet and --verbose makes sense.") }
  }

  /// Makes the console that these options ask for.
  func console() -> Console {
    Console(verbosity: quiet ? .quiet : verbose ? .verbose : .normal, settings: .current)
  }
}

/// The form of results.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
  case text, json
}

struct FormatOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The form of the result.", valueName: "form"))
  var format = OutputFormat.text
}

/// The option for the model.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The model: a GGUF file, any part of a split one, or a name that `braid model list` shows or an unambiguous "
        + "piece of it. By default the model that scripts/setup installed.",
      valueName: "file|name"
    )
  )
  var model: String?

  /// Returns the path of the model to load.
  func path() throws(CommandFailure) -> String { try Self.path(model) }

  /// Returns the path of the model that a flag names, that of the default for nil.
  static func path(_ model: String?) throws(CommandFailure) -> String {
    let path = try ModelFolder.current.path(of: Settings.current.model(flag: model)) { isFile($0) }
    guard SystemText.withBytes(path, { access($0, R_OK) }) == 0 else {
      throw CommandFailure(.badInput, "Cannot read the model \(path): \(String(cString: strerror(errno))).")
    }
    return path
  }

  /// The model to load.
  ///
  /// - Parameters:
  ///   - precision: The precision of the computation.
  ///   - memory: The most memory that the command may take, in bytes; nil for what the environment says.
  ///   - warn: Takes a line that people have to know.
  /// - Returns: The model, loaded by all processors.
  /// - Throws: ``CommandFailure`` for a model or a precision that cannot be had.
  func choice(
    _ precision: ComputeOptions,
    memory: Int? = nil,
    warn: @escaping @Sendable (String) -> Void = { Console.warning($0) }
  ) throws(CommandFailure) -> ModelChoice {
    let budget = try Settings.current.memory(flag: memory)
    return ModelChoice(
      path: try path(),
      compute: try precision.value(),
      weights: try precision.form(),
      threads: availableCores(),
      memory: { SystemLimits().memory(budget: budget) },
      warn: warn
    )
  }
}

/// The option for the memory that a command takes.
struct MemoryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The most memory that the command takes, with all processes that it starts: such as 12GB, 12GiB or 900MB. By "
        + "default what the machine and its control group have. A model that does not fit is refused before it is read.",
      valueName: "bytes"
    ),
    transform: bytes
  )
  var memory: Int?

  private static func bytes(_ text: String) throws -> Int {
    guard let bytes = UnitText.bytes(text) else {
      throw ValidationError("--memory is \"\(text)\": write a size such as 12GB, 12GiB or 900MB.")
    }
    return bytes
  }
}

/// The options for the precision of the computation and the form of the weights.
struct ComputeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The number format of the arithmetic: bf16, int8, f32, or auto, the fastest of the processor that loses less than "
        + "0.5 % of predictions' log-likelihood: int8 with AVX2 or better, else f32. By default auto.",
      valueName: "type"
    )
  )
  var compute: PrecisionChoice?

  @Option(
    help: ArgumentHelp(
      "How weights are kept. packed is fastest for encoding; compact keeps them as they are in the file, in the least "
        + "memory, and computes in f32. By default auto: packed for encoding if that fits into memory, and compact for "
        + "answering.",
      valueName: "form"
    )
  )
  var weights: WeightChoice?

  /// Returns the flag's value, else the environment's, else `auto`.
  func value() throws(CommandFailure) -> PrecisionChoice {
    if let compute { return compute }
    guard let text = Settings.current["BRAID_COMPUTE"] else { return .auto }
    guard let value = PrecisionChoice(rawValue: text) else {
      throw CommandFailure(.usage, "BRAID_COMPUTE is \"\(text)\": it must be auto, bf16, int8 or f32.")
    }
    return value
  }

  /// Returns the flag's value, else the environment's, else `auto`. A flag overrides the environment, also where both
  /// contradict each other.
  func form() throws(CommandFailure) -> WeightChoice {
    func contradiction(_ precision: Precision, _ remedy: String) -> CommandFailure {
      CommandFailure(
        .usage,
        "Compact weights are multiplied in f32, not in \(precision.rawValue): leave out \(remedy)."
      )
    }
    if let weights {
      if weights == .compact, let precision = compute?.precision, precision != .f32 {
        throw contradiction(precision, "--compute or --weights")
      }
      return weights
    }
    let text = Settings.current["BRAID_WEIGHTS"] ?? WeightChoice.auto.rawValue
    guard let choice = WeightChoice(rawValue: text) else {
      throw CommandFailure(.usage, "BRAID_WEIGHTS is \"\(text)\": it must be auto, packed or compact.")
    }
    guard choice == .compact, let precision = try value().precision, precision != .f32 else { return choice }
    if compute != nil { return .auto }
    throw contradiction(precision, "BRAID_COMPUTE or BRAID_WEIGHTS")
  }
}

/// The option for the codec of keys and values on the wire.
struct WireOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How keys and values travel from workers to the coordinator: bf16, int8 (half the bytes), or auto, which takes "
        + "int8 for a worker whose link is slower than its computing. By default bf16; with `braid encode` what the "
        + "coordinator was started with.",
      valueName: "codec"
    ),
    transform: choice
  )
  var wire: CodecChoice?

  private static func choice(_ text: String) throws -> CodecChoice {
    guard let choice = CodecChoice(rawValue: text) else {
      throw ValidationError("--wire is \"\(text)\": it must be auto, bf16 or int8.")
    }
    return choice
  }

  /// Returns the flag's value, else the environment's; nil if neither is given.
  func value() throws(CommandFailure) -> CodecChoice? {
    if let wire { return wire }
    guard let text = Settings.current["BRAID_WIRE"] else { return nil }
    guard let value = CodecChoice(rawValue: text) else {
      throw CommandFailure(.usage, "BRAID_WIRE is \"\(text)\": it must be auto, bf16 or int8.")
    }
    return value
  }
}

/// The option for the summaries of keys that workers send.
struct SummaryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Which summaries of their keys workers send with the chunks: none, sketch, or all. Some policies choose chunks "
        + "by them; a missing one is computed before the first answer that needs it. By default sketch; with "
        + "`braid encode` what the coordinator was started with.",
      valueName: "content"
    ),
    transform: content
  )
  var summaries: SummaryContent?

  static func content(_ text: String) throws -> SummaryContent {
    guard let content = SummaryContent(rawValue: text) else {
      throw ValidationError("--summaries is \"\(text)\": it must be none, sketch or all.")
    }
    return content
  }

  /// Returns the flag's value, else the environment's; nil if neither is given.
  func value() throws(CommandFailure) -> SummaryContent? {
    if let summaries { return summaries }
    guard let text = Settings.current["BRAID_SUMMARIES"] else { return nil }
    guard let value = SummaryContent(rawValue: text) else {
      throw CommandFailure(.usage, "BRAID_SUMMARIES is \"\(text)\": it must be none, sketch or all.")
    }
    return value
  }
}

/// The option for keeping lanes on their cores.
struct PinningOptions: ParsableArguments {
  @Flag(
    inversion: .prefixedNo,
    help:
      "Keep every lane on a core of its own, or let lanes move. By default they are kept if there are as many lanes as cores."
  )
  var pin: Bool?
}

/// Options for cutting and encoding a document.
struct CuttingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The size of a chunk in tokens, at least 1; with --sink and --left or --anchor it must fit the model's context. "
        + "By default 1024, or less if there would be fewer chunks than lanes.",
      valueName: "tokens"
    )
  )
  var chunkTokens: Int?

  @Option(
    help: ArgumentHelp(
      "Left context: encode every chunk behind this many of the document's tokens right before it; their keys "
        + "and values are not kept. (default: 0)",
      valueName: "tokens"
    )
  )
  var left: Int?

  @Option(
    help: ArgumentHelp(
      "Encode every chunk at its place in the document, behind the document's first tokens: `chunk` for as many "
        + "as a chunk has, or a number from 0 to 65536. Not together with --left. `--policy star` reads "
        + "documents encoded with `chunk`.",
      valueName: "chunk|tokens"
    )
  )
  var anchor: AnchorLength?

  @Option(
    help: ArgumentHelp(
      "The prefix of every chunk: chat, the opening of the model's chat template; bos, its begin-of-text token; "
        + "none; or a text of your own. (default: chat)",
      valueName: "sink"
    )
  )
  var sink: String?

  mutating func validate() throws {
    if anchor != nil, left ?? 0 > 0 {
      throw ValidationError("--anchor and --left cannot be used together: choose one of them.")
    }
    try braid.validate("left", left, in: 0...OptionRange.tokens.upperBound)
    try braid.validate("chunk-tokens", chunkTokens, in: OptionRange.tokens)
  }
}

/// Options for answering a question.
struct AnsweringOptions: ParsableArguments {
  @Option(
    help:
      "The method by which the document is read: best, fast, attention-entropy, shared-sink, ape, star, zebra, adaptive-heads, dga, lego-link, naive, full-attention, or parts such as select=exact:2. docs/methods.md describes all. (default: best)"
  )
  var policy: String?

  @Flag(help: "After the answer show, layer by layer, which parts of the document it attended to.")
  var explain = false

  @Flag(
    inversion: .prefixedNo,
    help: "Draft tokens from the document where that pays. The answer's tokens are the same without."
  )
  var lookup = true

  @Option(
    help: ArgumentHelp(
      "Cut the answer after this many tokens, at least 1. (default: 256)",
      valueName: "tokens"
    )
  )
  var maxTokens: Int?

  @Option(
    help: ArgumentHelp(
      "How random the answer is, from 0 to 2. At 0 the most probable token is taken each time; above 0 tokens "
        + "are drawn at random.",
      valueName: "number"
    )
  )
  var temperature = 0.0

  @Option(
    help: ArgumentHelp(
      "Draw only from the most probable tokens that together have this probability, from 0 to 1; needs a "
        + "--temperature above 0. (default: 1)",
      valueName: "share"
    )
  )
  var topP: Double?

  @Option(
    help: ArgumentHelp(
      "End the answer before this text of at most 1024 bytes; may be given up to four times.",
      valueName: "text"
    )
  )
  var stop: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With a --temperature above 0: draw with this seed, a whole number from 0; the same seed gives the same "
        + "answer again. -1 takes a new seed for each answer, which --verbose shows.",
      valueName: "number"
    )
  )
  var seed = SamplerSeed.any

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Lower the score (logit) of a token by this for each time that the answer has it already, from -2 to 2. "
        + "(default: 0)",
      valueName: "number"
    )
  )
  var frequencyPenalty: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Lower the score (logit) of a token by this once if the answer has it already, from -2 to 2. (default: 0)",
      valueName: "number"
    )
  )
  var presencePenalty: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Make the tokens among the answer's last 64 less probable: divide their score (logit) by this if it is "
        + "positive, multiply if negative. From 0.5 to 2; 1 changes nothing. (default: 1.1)",
      valueName: "factor"
    )
  )
  var repeatPenalty: Double?

  mutating func validate() throws {
    try braid.validate("max-tokens", maxTokens, in: 1...ChatRequest.mostTokens)
    try braid.validate("temperature", temperature, in: 0...2)
    try braid.validate("top-p", topP, in: 0...1)
    try braid.validate("frequency-penalty", frequencyPenalty, in: ChatRequest.penalties)
    try braid.validate("presence-penalty", presencePenalty, in: ChatRequest.penalties)
    try braid.validate("repeat-penalty", repeatPenalty, in: ChatRequest.repeatPenalties)
    if topP != nil, temperature == 0 {
      throw ValidationError("--top-p needs a --temperature above 0: at 0 nothing is drawn.")
    }
    if stop.count > ChatRequest.mostStops {
      throw ValidationError("--stop is given \(stop.count) times: \(ChatRequest.mostStops) is the most.")
    }
    if stop.contains(where: { !(1...ChatRequest.longestStop).contains($0.utf8.count) }) {
      throw ValidationError("--stop must have 1 to \(ChatRequest.longestStop) bytes.")
    }
  }
}

/// The option for the coordinator's address.
struct CoordinatorOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The coordinator's HTTP address. (default: http://127.0.0.1:8080)",
      valueName: "url"
    )
  )
  var coordinator: String?
}

extension Settings {
  /// The environment of this process.
  static let current = Settings(environment: SystemText.environment())
}
