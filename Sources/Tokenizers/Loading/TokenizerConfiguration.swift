/// The description of a tokenizer in a model file.
public struct TokenizerConfiguration: Sendable {
  /// The kind of a token, as numbered in model files.
  public struct TokenType: Hashable, Sendable {
    /// The number of the kind.
    public let rawValue: Int

    /// Makes a kind from its number.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// A piece of text.
    public static let normal = TokenType(rawValue: 1)
    /// The token for text that the vocabulary cannot spell.
    public static let unknown = TokenType(rawValue: 2)
    /// A token with a meaning of its own, such as the end of a turn; never shown.
    public static let control = TokenType(rawValue: 3)
    /// A piece of text that was added to the vocabulary by hand.
    public static let userDefined = TokenType(rawValue: 4)
    /// A place in the vocabulary without use.
    public static let unused = TokenType(rawValue: 5)
    /// A single byte.
    public static let byte = TokenType(rawValue: 6)
  }

  /// The tokens' spellings by id, bytes written in the byte-level alphabet.
  public var tokens: [String]
  /// The tokens' kinds by id; empty where all are normal.
  public var tokenTypes: [TokenType]
  /// The merges by rank, each two spellings with a space between.
  public var merges: [String]
  /// The name of the rule that cuts text into pieces, as in `tokenizer.ggml.pre`.
  public var preTokenizer: String
  /// The token that begins a text.
  public var beginToken: Int32?
  /// The token that ends a text or a turn.
  public var endToken: Int32?
  /// Other tokens that end a turn or a message, as the model names them.
  public var otherEndTokens: [Int32] = []
  /// True if the model wants the begin token before every text.
  public var addsBeginToken: Bool
  /// The chat template, in Jinja.
  public var chatTemplate: String?

  public init(
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
