extension Tokenizer {
  /// The bytes of a token, which may be half a character or begin with the space before a text; none for an id
  /// outside the vocabulary.
  ///
  /// - Parameter token: The id.
  /// - Returns: The bytes.
  package func bytes(of token: Int32) -> [UInt8] { Array(vocabulary.bytes(of: token)) }

  /// True if a token has a meaning of its own and is not shown to readers.
  ///
  /// - Parameter token: The id.
  /// - Returns: True for control tokens and for the unknown token.
  package func isControl(_ token: Int32) -> Bool {
    guard token >= 0, Int(token) < vocabulary.count else { return false }
    let type = vocabulary.types[Int(token)]
    return type == .control || type == .unknown
  }

  /// Decodes tokens as text; bytes that are not UTF-8 become U+FFFD.
  ///
  /// A space that a SentencePiece model wants before a text is left out.
  ///
  /// - Parameters:
  ///   - tokens: The ids; those outside the vocabulary are ignored.
  ///   - showingControl: True to spell out control tokens, false to leave them out.
  /// - Returns: The text.
  package func decode(_ tokens: some Sequence<Int32>, showingControl: Bool = false) -> String {
    var bytes: [UInt8] = []
    var beginning = TextBeginning(tables.spaces)
    for token in tokens where showingControl || !isControl(token) {
      bytes.append(contentsOf: beginning.shown(vocabulary.bytes(of: token)))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Decodes tokens one by one, and never emits half a character.
///
/// The texts together are the same as ``Tokenizer/decode(_:showingControl:)`` of all tokens.
package struct StreamDecoder: Sendable {
  private let tokenizer: Tokenizer
  private let showingControl: Bool
  private var beginning: TextBeginning
  /// The beginning of a character, at most 3 bytes between calls.
  private var pending: [UInt8] = []

  /// Makes a decoder.
  ///
  /// - Parameters:
  ///   - tokenizer: The tokenizer of the tokens.
  ///   - showingControl: True to spell out control tokens, false to leave them out.
  package init(_ tokenizer: Tokenizer, showingControl: Bool = false) {
    self.tokenizer = tokenizer
    self.showingControl = showingControl
    beginning = TextBeginning(tokenizer.tables.spaces)
  }

  /// Decodes the next token.
  ///
  /// - Parameter token: The id.
  /// - Returns: The text that is certain by now; often empty within a character of several tokens.
  package mutating func append(_ token: Int32) -> String {
    guard showingControl || !tokenizer.isControl(token) else { return "" }
    pending.append(contentsOf: beginning.shown(tokenizer.vocabulary.bytes(of: token)))
    let whole = pending.count - incompleteTail()
    let text = String(decoding: pending[..<whole], as: UTF8.self)
    pending.removeSubrange(..<whole)
    return text
  }

  /// Ends the stream.
  ///
  /// - Returns: U+FFFD where a character was left unfinished, else nothing.
  package mutating func finish() -> String {
    defer { pending = [] }
    return String(decoding: pending, as: UTF8.self)
  }

  /// The length of the cut-off character at the end of what is pending.
  private func incompleteTail() -> Int {
    let bytes = pending.span
    for start in max(0, bytes.count - 3)..<bytes.count where bytes[start] >= 0xC2 {
      let sequence = UTF8Sequence(bytes, at: start)
      if sequence.kind == .incomplete { return bytes.count - start }
    }
    return 0
  }
}
