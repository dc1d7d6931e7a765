extension TokenizerConfiguration {
  /// Makes a configuration from a model file's metadata, through the metadata's typed getters.
  ///
  /// Nothing is guessed: a file that does not say how its text is cut, or which tokens are special, is
  /// refused.
  ///
  /// - Parameters:
  ///   - contains: Returns true if there is a value at a key, of whatever type.
  ///   - string: Returns the string at a key.
  ///   - integer: Returns the integer at a key.
  ///   - bool: Returns the Boolean at a key.
  ///   - strings: Returns the array of strings at a key.
  ///   - integers: Returns the array of integers at a key.
  ///   - count: Returns the number of elements of the array at a key.
  /// - Throws: ``TokenizerError`` where the model has another kind of tokenizer, lacks a part of it, or has a
  ///   part of another size or type.
  package init(
    contains: (String) -> Bool,
    string: (String) -> String?,
    integer: (String) -> Int?,
    bool: (String) -> Bool?,
    strings: (String) -> [String]?,
    integers: (String) -> [Int]?,
    count: (String) -> Int?
  ) throws(TokenizerError) {
    /// The value of a key; nil where it is absent. A value of another type is an error.
    func optional<Value>(_ key: String, _ get: (String) -> Value?, _ kind: String) throws(TokenizerError)
      -> Value?
    {
      if let value = get(key) { return value }
      guard !contains(key) else { throw TokenizerError(.malformed, "\(key) is not \(kind)") }
      return nil
    }
    guard let model = try optional("tokenizer.ggml.model", string, "a string") else {
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
    guard let preTokenizer = try optional("tokenizer.ggml.pre", string, "a string") else {
      throw TokenizerError(
        .missing,
        "the model file does not say how text is cut into pieces (no key tokenizer.ggml.pre): convert the model "
          + "again with a present converter, or set the key to one of \(PreTokenizer.knownNames)"
      )
    }
    _ = try PreTokenizer(named: preTokenizer)
    guard let types = try optional("tokenizer.ggml.token_type", integers, "an array of integers") else {
      throw TokenizerError(
        .missing,
        "the model file does not say which tokens are special (no key tokenizer.ggml.token_type): convert the "
          + "model again with a present converter"
      )
    }
    try Self.require(types.count, of: tokens.count, "tokenizer.ggml.token_type")
    if let scores = count("tokenizer.ggml.scores") {
      try Self.require(scores, of: tokens.count, "tokenizer.ggml.scores")
    }
    for key in ["add_eos_token", "add_sep_token", "add_space_prefix"].map({ "tokenizer.ggml.\($0)" }) {
      guard try optional(key, bool, "a Boolean") != true else {
        throw TokenizerError(.unsupported, "\(key) is true, which is not supported")
      }
    }
    func token(_ name: String) throws(TokenizerError) -> Int32? {
      let key = "tokenizer.ggml.\(name)_token_id"
      guard let value = try optional(key, integer, "an integer") else { return nil }
      guard let id = Int32(exactly: value), tokens.indices.contains(value) else {
        throw TokenizerError(.malformed, "\(key) is \(value), but the vocabulary has \(tokens.count) tokens")
      }
      return id
    }
    self.init(
      tokens: tokens,
      tokenTypes: types.map { TokenType(rawValue: $0) },
      merges: merges,
      preTokenizer: preTokenizer,
      beginToken: try token("bos"),
      endToken: try token("eos"),
      addsBeginToken: try optional("tokenizer.ggml.add_bos_token", bool, "a Boolean") ?? false,
      chatTemplate: try optional("tokenizer.chat_template", string, "a string")
    )
    otherEndTokens = [try token("eot"), try token("eom")].compactMap { $0 }
    guard !addsBeginToken || beginToken != nil else {
      throw TokenizerError(
        .missing,
        "tokenizer.ggml.add_bos_token is true, but no key tokenizer.ggml.bos_token_id names the token"
      )
    }
  }

  private static func require(_ count: Int, of tokens: Int, _ key: String) throws(TokenizerError) {
    guard count == tokens else {
      throw TokenizerError(.malformed, "\(key) has \(count) entries for the vocabulary's \(tokens) tokens")
    }
  }
}
