/// What encoding looks up, derived from a vocabulary.
struct TokenizerTables: Sendable {
  let vocabulary: Vocabulary
  let merges: MergeTable
  /// The symbols of a vocabulary of characters; nil for one of bytes.
  let characters: CharacterSymbols?
  let cut: TextEncoder.Cut
  /// True if a piece that is a token becomes that token, whatever the merges say.
  let ignoresMerges: Bool
  /// The rules for spaces; nil where text is left as it is.
  let spaces: Spaces?

  init(_ configuration: TokenizerConfiguration) throws(TokenizerError) {
    switch configuration.kind {
    case .sentencePiece:
      try Self.checkScores(configuration)
      vocabulary = try Vocabulary(configuration)
      let characters = CharacterSymbols(vocabulary)
      merges = MergeTable(scores: configuration.scores, vocabulary, characters)
      self.characters = characters
      cut = .pairs(CharacterPairs(vocabulary))
      ignoresMerges = false
      spaces = Spaces(
        addsPrefix: configuration.addsSpacePrefix,
        removesExtra: configuration.removesExtraSpaces
      )
    default:
      let rule = try PreTokenizer(named: configuration.preTokenizer)
      vocabulary = try Vocabulary(configuration)
      merges = try MergeTable(configuration.merges, vocabulary)
      characters = nil
      cut = .rule(rule)
      ignoresMerges = rule.ignoresMerges
      spaces = nil
    }
  }

  private static func checkScores(_ configuration: TokenizerConfiguration) throws(TokenizerError) {
    let scores = configuration.scores
    guard scores.count == configuration.tokens.count else {
      throw TokenizerError(
        .malformed,
        "the vocabulary has \(configuration.tokens.count) tokens, but the scores of \(scores.count) are given"
      )
    }
    if let token = scores.firstIndex(where: { !$0.isFinite }) {
      throw TokenizerError(
        .malformed,
        "the score of token \(token) is \(scores[token]), not a finite number"
      )
    }
  }
}
