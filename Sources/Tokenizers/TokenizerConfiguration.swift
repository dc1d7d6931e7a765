/// What a model file says about its tokenizer.
public struct TokenizerConfiguration: Sendable {
  /// The kind of a token, as numbered in model files.
  public struct TokenType: Hashable, Sendable {
    /// The number of the kind.
    public let rawValue: Int

    /// Makes a kind from its number.
    ///
    /// - Parameter rawValue: The number.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// A piece of text.
    public static let normal = TokenType(rawValue: 1)
    /// The token for what the vocabulary cannot spell.
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
  /// Whether the model wants the begin token before every text.
  public var addsBeginToken: Bool
  /// The chat template, in Jinja.
  public var chatTemplate: String?

  /// Makes a configuration from plain values.
  ///
  /// - Parameters:
  ///   - tokens: The tokens' spellings by id, bytes written in the byte-level alphabet.
  ///   - tokenTypes: The tokens' kinds by id; empty where all are normal.
  ///   - merges: The merges by rank, each two spellings with a space between.
  ///   - preTokenizer: The name of the rule that cuts text into pieces.
  ///   - beginToken: The token that begins a text.
  ///   - endToken: The token that ends a text or a turn.
  ///   - addsBeginToken: Whether the model wants the begin token before every text.
  ///   - chatTemplate: The chat template, in Jinja.
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

  /// Makes a configuration from a model file's metadata, through the metadata's typed getters.
  ///
  /// - Parameters:
  ///   - string: Returns the string at a key.
  ///   - integer: Returns the integer at a key.
  ///   - bool: Returns the Boolean at a key.
  ///   - strings: Returns the array of strings at a key.
  ///   - integers: Returns the array of integers at a key.
  /// - Throws: ``TokenizerError`` where the model has another kind of tokenizer or lacks its vocabulary.
  public init(
    string: (String) -> String?,
    integer: (String) -> Int?,
    bool: (String) -> Bool?,
    strings: (String) -> [String]?,
    integers: (String) -> [Int]?
  ) throws(TokenizerError) {
    guard let model = string("tokenizer.ggml.model") else {
      throw TokenizerError(.missing, "the model file has no tokenizer (no key tokenizer.ggml.model)")
    }
    guard model == "gpt2" else {
      throw TokenizerError(
        .unsupported,
        "the tokenizer model \(model) is not supported; byte-level BPE (gpt2) is"
      )
    }
    guard let tokens = strings("tokenizer.ggml.tokens"), let merges = strings("tokenizer.ggml.merges") else {
      throw TokenizerError(
        .missing,
        "the model file lacks tokenizer.ggml.tokens or tokenizer.ggml.merges, or they are no strings"
      )
    }
    func token(_ name: String) throws(TokenizerError) -> Int32? {
      let key = "tokenizer.ggml.\(name)_token_id"
      guard let value = integer(key) else { return nil }
      guard let id = Int32(exactly: value), tokens.indices.contains(value) else {
        throw TokenizerError(.malformed, "\(key) is \(value), but the vocabulary has \(tokens.count) tokens")
      }
      return id
    }
    self.init(
      tokens: tokens,
      tokenTypes: (integers("tokenizer.ggml.token_type") ?? []).map { TokenType(rawValue: $0) },
      merges: merges,
      preTokenizer: string("tokenizer.ggml.pre") ?? "default",
      beginToken: try token("bos"),
      endToken: try token("eos"),
      addsBeginToken: bool("tokenizer.ggml.add_bos_token") ?? false,
      chatTemplate: string("tokenizer.chat_template")
    )
  }
}
