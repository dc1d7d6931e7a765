/// Encodes text without special tokens: cuts it into pieces and encodes each.
///
/// It is working memory: one caller uses it at a time.
struct TextEncoder {
  /// The rule that cuts text into pieces.
  enum Cut: Sendable {
    case rule(PreTokenizer)
    case pairs(CharacterPairs)
  }

  private let cut: Cut
  private var splitter: StagedSplitter?
  private var pieces: PieceEncoder
  /// The token of which a run becomes one, where a vocabulary cannot spell all bytes.
  private let unknownToken: Int32?

  init(_ tables: TokenizerTables) {
    cut = tables.cut
    if case .rule(let rule) = tables.cut, case .stages(let stages) = rule.rule {
      splitter = StagedSplitter(stages)
    }
    pieces = PieceEncoder(tables)
    unknownToken = tables.vocabulary.spellsBytes ? nil : tables.vocabulary.unknownToken
  }

  /// Appends the tokens of a text.
  mutating func encode(_ text: Span<UInt8>, into output: inout [Int32]) {
    let first = output.count
    var start = 0
    switch cut {
    case .pairs(let pairs):
      while start < text.count {
        let end = pairs.end(ofPieceAt: start, in: text)
        pieces.encode(text, start, end, into: &output)
        start = end
      }
    case .rule(let rule):
      while start < text.count {
        let end: Int
        switch rule.rule {
        case .gpt2(let isolatesNumbers): end = PreTokenizer.gpt2(start, text, isolatesNumbers)
        case .llama3(let mostNumbers): end = PreTokenizer.llama3(start, text, mostNumbers)
        case .cased(let mostNumbers, let contractions):
          end = PreTokenizer.cased(start, text, mostNumbers, contractions)
        case .stages: end = splitter?.end(ofPieceAt: start, in: text) ?? text.count
        }
        pieces.encode(text, start, end, into: &output)
        start = end
      }
    }
    if let unknownToken { Self.joinRuns(of: unknownToken, in: &output, from: first) }
  }

  /// Leaves one token of each run of the unknown one, as SentencePiece does.
  private static func joinRuns(of token: Int32, in output: inout [Int32], from first: Int) {
    var end = first
    for index in first..<output.count {
      if output[index] == token, end > first, output[end - 1] == token { continue }
      output[end] = output[index]
      end += 1
    }
    output.removeSubrange(end...)
  }
}
