internal import APITypes
internal import ArgumentParser
internal import CommandLineSupport
internal import Glibc
internal import KVFormat
internal import SystemText
internal import Workbench

/// Options for the amount of output.
struct VerbosityOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Say nothing but results, warnings and errors.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Log what happens, also in the workers.")
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
  @Option(help: "The form of the result: text or json.")
  var format = OutputFormat.text
}

/// The option for the model file.
struct ModelOptions: ParsableArguments {
  @Option(help: "The model, a GGUF file. By default the one that scripts/setup installed.")
  var model: String?

  private func isReadable(_ path: String) -> Bool { SystemText.withBytes(path) { access($0, R_OK) } == 0 }

  /// Returns the path of the model to load.
  func path() throws(CommandFailure) -> String {
    let path = try Settings.current.model(flag: model) { isReadable($0) }
    guard isReadable(path) else {
      throw CommandFailure(.badInput, "Cannot read the model \(path): \(String(cString: strerror(errno))).")
    }
    return path
  }

  /// The model to load.
  ///
  /// - Parameter precision: The precision of the computation.
  /// - Returns: The model, loaded by all processors.
  /// - Throws: ``CommandFailure`` for a model or a precision that cannot be had.
  func choice(_ precision: ComputeOptions) throws(CommandFailure) -> ModelChoice {
    ModelChoice(path: try path(), compute: try precision.value(), threads: availableCores())
  }
}

/// The option for the precision of the computation.
struct ComputeOptions: ParsableArguments {
  @Option(help: "The compute precision: bf16, int8, f32, or auto for bf16 or f32 by the CPU.")
  var compute: PrecisionChoice?

  /// Returns the flag's value, else the environment's, else `auto`.
  func value() throws(CommandFailure) -> PrecisionChoice {
    if let compute { return compute }
    guard let text = Settings.current["BRAID_COMPUTE"] else { return .auto }
    guard let value = PrecisionChoice(rawValue: text) else {
      throw CommandFailure(.usage, "BRAID_COMPUTE is \"\(text)\": it must be auto, bf16, int8 or f32.")
    }
    return value
  }
}

/// The option for the codec of keys and values on the wire.
struct WireOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How keys and values travel: bf16, int8 in half the bytes, or auto, which is int8 where a worker's link "
        + "is slower than the worker. By default as the coordinator was told, else bf16.",
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
      "Which summaries of their keys workers send with the chunks: none, sketch, or all, for policies that choose "
        + "chunks by them. What is missing is made before the first answer. By default as the coordinator was "
        + "told, else sketch.",
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
    help: "Keep every lane on a core of its own. By default when there are as many lanes as cores."
  )
  var pin: Bool?
}

/// Options for cutting and encoding a document.
struct CuttingOptions: ParsableArguments {
  @Option(help: "The size of a chunk in tokens. By default the coordinator chooses.")
  var chunkTokens: Int?

  @Option(help: "Encode every chunk behind so many tokens right before it, which are not kept. (default: 0)")
  var left: Int?

  @Option(
    help: ArgumentHelp(
      "Encode every chunk at its place behind the document's first tokens: as many as a chunk has, or a number. Not with --left. For --policy star: chunk.",
      valueName: "chunk|tokens"
    )
  )
  var anchor: AnchorLength?

  @Option(help: "What every chunk is encoded behind: chat (the default), bos, none, or a text.")
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
      "How the document is read: best (the default), fast, attention-entropy, shared-sink, ape, star, zebra, adaptive-heads, dga, lego-link, naive, full-attention, or parts such as select=exact:2."
  )
  var policy: String?

  @Flag(help: "Say after the answer which parts of the document it attended to, layer by layer.")
  var explain = false

  @Option(help: "The most tokens an answer may have.")
  var maxTokens: Int?

  @Option(help: "Sampling temperature; 0 always takes the most probable token.")
  var temperature = 0.0

  @Option(
    help: ArgumentHelp(
      "Draw from the most probable tokens that have this probability together; needs --temperature.",
      valueName: "share"
    )
  )
  var topP: Double?

  @Option(
    help: ArgumentHelp(
      "End the answer before this text; may be given up to four times.",
      valueName: "text"
    )
  )
  var stop: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Where drawing starts, for the same answer again; -1 for anywhere, which --verbose tells.",
      valueName: "number"
    )
  )
  var seed = SamplerSeed.any

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What a token loses for each time that the answer holds it, -2 to 2.",
      valueName: "number"
    )
  )
  var frequencyPenalty: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("What a token loses once when the answer holds it, -2 to 2.", valueName: "number")
  )
  var presencePenalty: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What the tokens among the answer's last 64 lose: a factor from 0.5 to 2, 1 for nothing. By default 1.1.",
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
  @Option(help: "The coordinator's HTTP address. By default http://127.0.0.1:8080.")
  var coordinator: String?
}

extension Settings {
  /// The environment of this process.
  static let current = Settings(environment: SystemText.environment())
}
