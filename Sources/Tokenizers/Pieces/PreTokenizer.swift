/// Cuts text into the pieces that merges never cross, by the rule that a model family was trained with.
///
/// The families give their rules as regular expressions; these are the same rules as scanners, which look at
/// each character a bounded number of times.
struct PreTokenizer: Sendable {
  enum Rule: Sendable {
    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
    /// each `\p{N}` being cut out beforehand where `isolatesNumbers`.
    case gpt2(isolatesNumbers: Bool)
    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,n}| ?[^\s\p{L}\p{N}]+[\r\n]*|`
    /// `\s*[\r\n]+|\s+(?!\S)|\s+`
    case llama3(mostNumbers: Int)
  }

  let rule: Rule
  /// True if a piece that is a token becomes that token, whatever the merges say.
  let ignoresMerges: Bool

  private static let names: [(names: [String], rule: Rule, ignoresMerges: Bool)] = [
    (["smollm", "starcoder", "refact", "codeshell"], .gpt2(isolatesNumbers: true), false),
    (["gpt-2", "phi-2", "mpt", "olmo"], .gpt2(isolatesNumbers: false), false),
    (["llama-bpe", "llama3", "llama-v3"], .llama3(mostNumbers: 3), true),
    (["qwen2", "deepseek-r1-qwen"], .llama3(mostNumbers: 1), false),
  ]

  /// The names that model files use for the supported rules, as text.
  static var knownNames: String { names.flatMap(\.names).joined(separator: ", ") }

  init(named name: String) throws(TokenizerError) {
    guard let entry = Self.names.first(where: { $0.names.contains(name) }) else {
      throw TokenizerError(
        .unsupported,
        "the pre-tokenizer \(name) (tokenizer.ggml.pre) is not supported; supported are \(Self.knownNames)"
      )
    }
    rule = entry.rule
    ignoresMerges = entry.ignoresMerges
  }

  /// The end of the piece that starts at an index, which must be in the text.
  @inline(__always)
  func end(ofPieceAt start: Int, in text: Span<UInt8>) -> Int {
    switch rule {
    case .gpt2(let isolatesNumbers): Self.gpt2(start, text, isolatesNumbers)
    case .llama3(let mostNumbers): Self.llama3(start, text, mostNumbers)
    }
  }

  private static func gpt2(_ start: Int, _ text: Span<UInt8>, _ isolatesNumbers: Bool) -> Int {
    if text[start] == Ascii.apostrophe, let end = contraction(start, text, anyCase: false) { return end }
    var (kind, length) = ScalarClass.at(start, in: text)
    var first = start
    if text[start] == Ascii.space, start + 1 < text.count {
      let (next, nextLength) = ScalarClass.at(start + 1, in: text)
      if next != .space, !(isolatesNumbers && next == .number) {
        (kind, length, first) = (next, nextLength, start + 1)
      }
    }
    switch kind {
    case .space:
      let run = Run(of: .space, from: start, in: text)
      let endsText = run.end == text.count
      return endsText || isolatesNumbers && ScalarClass.at(run.end, in: text).0 == .number
        ? run.end : run.leavingOne
    case .number where isolatesNumbers: return first + length
    default: return Run(of: kind, from: first + length, in: text).end
    }
  }

  private static func llama3(_ start: Int, _ text: Span<UInt8>, _ mostNumbers: Int) -> Int {
    let byte = text[start]
    if byte == Ascii.apostrophe, let end = contraction(start, text, anyCase: true) { return end }
    let (kind, length) = ScalarClass.at(start, in: text)
    let second = start + length
    let next = second < text.count ? ScalarClass.at(second, in: text).0 : nil
    switch kind {
    case .letter: return Run(of: .letter, from: second, in: text).end
    case .number: return Run(of: .number, from: start, in: text, most: mostNumbers).end
    case .other where next == .letter: return Run(of: .letter, from: second, in: text).end
    case .other: return newlines(from: Run(of: .other, from: second, in: text).end, text)
    case .space where next == .letter && byte != Ascii.newline && byte != Ascii.carriageReturn:
      return Run(of: .letter, from: second, in: text).end
    case .space where next == .other && byte == Ascii.space:
      return newlines(from: Run(of: .other, from: second, in: text).end, text)
    case .space:
      let run = Run(of: .space, from: start, in: text)
      if let end = run.endOfLastNewline { return end }
      return run.end == text.count ? run.end : run.leavingOne
    }
  }

  private static func newlines(from start: Int, _ text: Span<UInt8>) -> Int {
    var end = start
    while end < text.count, text[end] == Ascii.newline || text[end] == Ascii.carriageReturn { end += 1 }
    return end
  }

  /// The end of `'s`, `'t`, `'m`, `'d`, `'re`, `'ve` or `'ll` at an apostrophe.
  private static func contraction(_ start: Int, _ text: Span<UInt8>, anyCase: Bool) -> Int? {
    func letter(_ offset: Int) -> UInt8 {
      guard start + offset < text.count else { return 0 }
      let byte = text[start + offset]
      return anyCase && byte &- 0x41 < 26 ? byte | 0x20 : byte
    }
    switch (letter(1), letter(2)) {
    case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "d"), _):
      return start + 2
    case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
      (UInt8(ascii: "l"), UInt8(ascii: "l")):
      return start + 3
    case (0xC5, 0xBF) where anyCase:
      // The long s is an s to a rule that ignores case.
      return start + 3
    default: return nil
    }
  }
}

/// A run of characters of one class.
private struct Run {
  let end: Int
  private let start: Int
  private let startOfLast: Int
  /// The end of the run's last CR or LF.
  let endOfLastNewline: Int?

  @inline(__always)
  init(of kind: ScalarClass, from start: Int, in text: Span<UInt8>, most: Int = .max) {
    var end = start
    var startOfLast = start
    var endOfLastNewline: Int?
    var count = 0
    while end < text.count, count < most {
      let (next, length) = ScalarClass.at(end, in: text)
      guard next == kind else { break }
      startOfLast = end
      if text[end] == Ascii.newline || text[end] == Ascii.carriageReturn { endOfLastNewline = end + 1 }
      end += length
      count += 1
    }
    self.start = start
    self.end = end
    self.startOfLast = startOfLast
    self.endOfLastNewline = endOfLastNewline
  }

  /// The end of the run without its last character, which belongs to the next piece; with it if it is the
  /// only one.
  var leavingOne: Int { startOfLast > start ? startOfLast : end }
}

/// The ASCII characters that rules name.
enum Ascii {
  static let newline = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let apostrophe = UInt8(ascii: "'")
}
