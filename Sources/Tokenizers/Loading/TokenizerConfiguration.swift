/// The description of a tokenizer in a model file.
package struct TokenizerConfiguration: Sendable {
  /// The kind of a token, as numbered in model files.
  package struct TokenType: Hashable, Sendable {
    /// The number of the kind.
    package let rawValue: Int

    /// Makes a kind from its number.
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// A piece of text.
    package static let normal = TokenType(rawValue: 1)
    /// The token for text that the vocabulary cannot spell.
    package static let unknown = TokenType(rawValue: 2)
    /// A token with a meaning of its own, such as the end of a turn; never shown.
    package static let control = TokenType(rawValue: 3)
    /// A piece of text that was added to the vocabulary by hand.
    package static let userDefined = TokenType(rawValue: 4)
    /// A place in the vocabulary without use.
    package static let unused = TokenType(rawValue: 5)
    /// A single byte.
    package static let byte = TokenType(rawValue: 6)
  }

  /// The tokens' spellings by id, bytes written in the byte-level alphabet.
  package var tokens: [String]
  /// The tokens' kinds by id; empty where all are normal.
  package var tokenTypes: [TokenType]
  /// The merges by rank, each two spellings with a space between.
  package var merges: [String]
  /// The name of the rule that cuts text into pieces, as in `tokenizer.ggml.pre`.
  package var preTokenizer: String
  /// The token that begins a text.
  package var beginToken: Int32?
  /// The token that ends a text or a turn.
  package var endToken: Int32?
  /// Other tokens that end a turn or a message, as the model names them.
  package var otherEndTokens: [Int32] = []
  /// True if the model wants the begin token before every text.
  package var addsBeginToken: Bool
  /// The chat template, in Jinja.
  package var chatTemplate: String?

  package init(
    tokens: [String],
    tokenTypes: [TokenType] = [],
    merges: [String],
    preTokenizer: String,
    beginToken: Int32? = nil,
    endToken: Int32? = nil,
    addsBeginToken: Bool = false,
    chatTemplate: String? = nil
  ) {
    self.tokens = tokens
    self.tokenTypes = tokenTypes
    self.merges = merges
    self.preTokenizer = preTokenizer
    self.beginToken = beginToken
    self.endToken = endToken
    self.addsBeginToken = addsBeginToken
    self.chatTemplate = chatTemplate
  }
}
