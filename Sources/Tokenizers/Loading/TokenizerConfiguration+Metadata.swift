extension TokenizerConfiguration {
  /// Makes a configuration from a model file's metadata, through the metadata's typed getters.
  ///
  /// Nothing is guessed: a file that does not say how its text is cut, or which tokens are special, is
  /// refused. What a file of SentencePiece leaves out has the values of Llama 2, by the conventions of the format.
  ///
  /// - Parameters:
  ///   - contains: Returns true if there is a value at a key, of whatever type.
  ///   - string: Returns the string at a key.
  ///   - integer: Returns the integer at a key.
  ///   - bool: Returns the Boolean at a key.
  ///   - strings: Returns the array of strings at a key.
  ///   - integers: Returns the array of integers at a key.
  ///   - floats: Returns the array of floats at a key.
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
    floats: (String) -> [Float]?,
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
    func flag(_ name: String) throws(TokenizerError) -> Bool? {
      try optional("tokenizer.ggml.\(name)", bool, "a Boolean")
    }
    guard let model = try optional("tokenizer.ggml.model", string, "a string") else {
      throw TokenizerError(.missing, "the model file has no tokenizer (no key tokenizer.ggml.model)")
    }
    let isSentencePiece = model == Kind.sentencePiece.description
    guard isSentencePiece || model == Kind.byteLevel.description else {
      throw TokenizerError(
        .unsupported,
        "the tokenizer model \(model) is not supported; byte-level BPE (gpt2) and SentencePiece's BPE (llama) are"
      )
    }
    guard let tokens = strings("tokenizer.ggml.tokens") else {
      throw TokenizerError(.missing, "the model file lacks tokenizer.ggml.tokens, or they are no strings")
    }
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
    for name in ["add_eos_token", "add_sep_token"] + (isSentencePiece ? [] : ["add_space_prefix"]) {
      guard try flag(name) != true else {
        throw TokenizerError(.unsupported, "tokenizer.ggml.\(name) is true, which is not supported")
      }
    }
    func token(_ name: String, default value: Int? = nil) throws(TokenizerError) -> Int32? {
      let key = "tokenizer.ggml.\(name)_token_id"
      guard let value = try optional(key, integer, "an integer") ?? value else { return nil }
      guard let id = Int32(exactly: value), tokens.indices.contains(value) else {
        throw TokenizerError(.malformed, "\(key) is \(value), but the vocabulary has \(tokens.count) tokens")
      }
      return id
    }
    let tokenTypes = types.map { TokenType(rawValue: $0) }
    let chatTemplate = try optional("tokenizer.chat_template", string, "a string")
    if isSentencePiece {
      guard let scores = try optional("tokenizer.ggml.scores", floats, "an array of numbers") else {
        throw TokenizerError(
          .missing,
          "the model file has no scores of its tokens (no key tokenizer.ggml.scores)"
        )
      }
      guard count("tokenizer.ggml.precompiled_charsmap") ?? 0 == 0 else {
        throw TokenizerError(
          .unsupported,
          "the tokenizer normalises text by a table (tokenizer.ggml.precompiled_charsmap), which is not supported"
        )
      }
      self.init(
        sentencePieces: tokens,
        tokenTypes: tokenTypes,
        scores: scores,
        beginToken: try token("bos", default: 1),
        endToken: try token("eos", default: 2),
        addsBeginToken: try flag("add_bos_token") ?? true,
        chatTemplate: chatTemplate
      )
      unknownToken = try token("unknown")
      addsSpacePrefix = try flag("add_space_prefix") ?? true
      removesExtraSpaces = try flag("remove_extra_whitespaces") ?? false
      // Phi-3's special tokens were defined so; no key of the format says it.
      stripsAfterSpecialTokens = string("general.architecture") == "phi3"
    } else {
      guard let merges = strings("tokenizer.ggml.merges") else {
        throw TokenizerError(.missing, "the model file lacks tokenizer.ggml.merges, or they are no strings")
      }
      guard let preTokenizer = try optional("tokenizer.ggml.pre", string, "a string") else {
        throw TokenizerError(
          .missing,
          "the model file does not say how text is cut into pieces (no key tokenizer.ggml.pre): convert the model "
            + "again with a present converter, or set the key to one of \(PreTokenizer.knownNames)"
        )
      }
      let rule = try PreTokenizer(named: preTokenizer)
      let beginToken = try token("bos")
      self.init(
        tokens: tokens,
        tokenTypes: tokenTypes,
        merges: merges,
        preTokenizer: preTokenizer,
        beginToken: beginToken,
        endToken: try token("eos"),
        addsBeginToken: try flag("add_bos_token") ?? (rule.addsBeginToken && beginToken != nil),
        chatTemplate: chatTemplate
      )
    }
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
