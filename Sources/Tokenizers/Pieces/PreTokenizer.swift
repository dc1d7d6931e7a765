/// Cuts text into the pieces that merges never cross, by the rule that a model family was trained with.
///
/// The families give their rules as regular expressions; these are the same rules as scanners, which look at
/// each character a bounded number of times. Expressions are those of the families' `tokenizer.json`, as the
/// package `tokenizers` runs them; which name stands for which family is in llama.cpp's `src/llama-vocab.cpp`
/// and `convert_hf_to_gguf_update.py`.
struct PreTokenizer: Sendable {
  enum Rule: Sendable {
    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
    /// each `\p{N}` being cut out beforehand where `isolatesNumbers`.
    case gpt2(isolatesNumbers: Bool)
    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,n}| ?[^\s\p{L}\p{N}]+[\r\n]*|`
    /// `\s*[\r\n]+|\s+(?!\S)|\s+`
    case llama3(mostNumbers: Int)
    /// `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+c|`
    /// `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*c|`
    /// `\p{N}{1,n}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    /// where `c` is `(?i:'s|'t|'re|'ve|'m|'ll|'d)?` with `contractions` and else nothing.
    case cased(mostNumbers: Int, contractions: Bool)
    /// Several cuts, each of the pieces that those before it leave.
    case stages([SplitStage])
  }

  private struct Entry {
    let names: [String]
    let rule: Rule
    let ignoresMerges: Bool
    let addsBeginToken: Bool

    init(_ names: [String], _ rule: Rule, ignoresMerges: Bool = false, addsBeginToken: Bool = false) {
      self.names = names
      self.rule = rule
      self.ignoresMerges = ignoresMerges
      self.addsBeginToken = addsBeginToken
    }
  }

  let rule: Rule
  /// True if a piece that is a token becomes that token, whatever the merges say.
  let ignoresMerges: Bool
  /// True if the model wants its begin token where the file does not say.
  let addsBeginToken: Bool

  /// The rules by name. Granite's models are named after the ones they took their rule from: `refact` or
  /// `dbrx`; SmolLM3 is `smaug-bpe`, Qwen 3 `qwen2`, Phi-4 `dbrx`.
  private static let entries: [Entry] = [
    Entry(
      ["smollm", "starcoder", "refact", "codeshell", "command-r", "exaone", "minerva-7b"],
      .gpt2(isolatesNumbers: true)
    ),
    Entry(["gpt-2", "phi-2", "mpt", "olmo", "mellum", "exaone4"], .gpt2(isolatesNumbers: false)),
    Entry(
      ["llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "lfm2"],
      .llama3(mostNumbers: 3),
      ignoresMerges: true,
      addsBeginToken: true
    ),
    Entry(["glm4"], .llama3(mostNumbers: 3), ignoresMerges: true),
    Entry(["smaug-bpe", "dbrx", "chatglm-bpe"], .llama3(mostNumbers: 3)),
    Entry(["qwen2", "deepseek-r1-qwen", "stablelm2", "megrez"], .llama3(mostNumbers: 1)),
    Entry(
      ["tekken"],
      .cased(mostNumbers: 1, contractions: false),
      ignoresMerges: true,
      addsBeginToken: true
    ),
    Entry(["gpt-4o", "llama4"], .cased(mostNumbers: 3, contractions: true)),
    Entry(["deepseek-llm"], .stages(SplitStage.deepSeekLLM)),
    Entry(["deepseek-coder"], .stages(SplitStage.deepSeekCoder)),
    Entry(["falcon"], .stages(SplitStage.falcon)),
  ]

  /// The names that model files use for the supported rules, as text.
  static var knownNames: String { entries.flatMap(\.names).joined(separator: ", ") }

  init(named name: String) throws(TokenizerError) {
    guard let entry = Self.entries.first(where: { $0.names.contains(name) }) else {
      throw TokenizerError(
        .unsupported,
        "the pre-tokenizer \(name) (tokenizer.ggml.pre) is not supported; supported are \(Self.knownNames)"
      )
    }
    rule = entry.rule
    ignoresMerges = entry.ignoresMerges
    addsBeginToken = entry.addsBeginToken
  }
}

/// The ASCII characters that rules name.
enum Ascii {
  static let newline = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let apostrophe = UInt8(ascii: "'")
  static let slash = UInt8(ascii: "/")

  /// True for CR and LF.
  @inline(__always)
  static func endsLine(_ byte: UInt8) -> Bool { byte == newline || byte == carriageReturn }

  /// True for space, tab, line feed, vertical tab, form feed and carriage return.
  @inline(__always)
  static func isSpace(_ byte: UInt8) -> Bool { byte == space || byte &- 9 < 5 }
}
