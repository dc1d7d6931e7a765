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

  /// A kind of vocabulary.
  package struct Kind: Hashable, Sendable, CustomStringConvertible {
    /// The kind's name in model files.
    package let description: String

    /// Bytes are put together by a list of merges.
    package static let byteLevel = Kind(description: "gpt2")
    /// Characters are put together by the tokens' scores, as SentencePiece does for its BPE models.
    package static let sentencePiece = Kind(description: "llama")
  }

  /// The kind of the vocabulary.
  package let kind: Kind
  /// The tokens' spellings by id: of the byte-level kind with bytes written in the byte-level alphabet, of
  /// SentencePiece with spaces written as U+2581 and bytes as `<0x0A>`.
  package var tokens: [String]
  /// The tokens' kinds by id; empty where all are normal.
  package var tokenTypes: [TokenType]
  /// The merges by rank, each two spellings with a space between; none of SentencePiece.
  package var merges: [String]
  /// The tokens' scores by id, of SentencePiece alone: of the tokens that can be made, the highest is first.
  package var scores: [Float] = []
  /// The name of the rule that cuts text into pieces, as in `tokenizer.ggml.pre`; of SentencePiece the kind's
  /// name.
  package var preTokenizer: String
  /// The token for text that the vocabulary cannot spell.
  package var unknownToken: Int32?
  /// True if a SentencePiece model wants a space before a text.
  package var addsSpacePrefix = false
  /// True if a SentencePiece model wants no spaces around a text and only single ones in it.
  package var removesExtraSpaces = false
  /// True if spaces and line ends behind special tokens are left out.
  package var stripsAfterSpecialTokens = false
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
  /// The time, in seconds, whose date a chat template may write; nil for none.
  package var secondsSince1970: Int?

  /// Describes a byte-level vocabulary.
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
    kind = .byteLevel
    self.tokens = tokens
    self.tokenTypes = tokenTypes
    self.merges = merges
    self.preTokenizer = preTokenizer
    self.beginToken = beginToken
    self.endToken = endToken
    self.addsBeginToken = addsBeginToken
    self.chatTemplate = chatTemplate
  }

  /// Describes a SentencePiece vocabulary.
  package init(
    sentencePieces tokens: [String],
    tokenTypes: [TokenType],
    scores: [Float],
    beginToken: Int32? = nil,
    endToken: Int32? = nil,
    addsBeginToken: Bool = false,
    chatTemplate: String? = nil
  ) {
    kind = .sentencePiece
    self.tokens = tokens
    self.tokenTypes = tokenTypes
    merges = []
    self.scores = scores
    preTokenizer = Kind.sentencePiece.description
    self.beginToken = beginToken
    self.endToken = endToken
    self.addsBeginToken = addsBeginToken
    self.chatTemplate = chatTemplate
  }
}
