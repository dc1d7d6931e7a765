/// What an evaluation needs to know of a model's text: a tokenizer and a chat template.
package struct TextCoding: Sendable {
  /// The tokens of a text, spellings of special tokens being text like any other.
  package var encode: @Sendable (String) -> [Int32]
  /// The text of tokens.
  package var decode: @Sendable ([Int32]) -> String
  /// How well a text may be cut after each of its tokens; see `ContextPlan.Boundary`.
  package var boundaries: @Sendable ([Int32]) -> [UInt8]
  /// The tokens behind a document that ask a question, up to where the answer begins.
  package var tail: @Sendable (_ question: String) throws -> [Int32]
  /// Tokens that end an answer.
  package var stopTokens: Set<Int32>

  /// Makes a coding from its parts.
  package init(
    encode: @escaping @Sendable (String) -> [Int32],
    decode: @escaping @Sendable ([Int32]) -> String,
    boundaries: @escaping @Sendable ([Int32]) -> [UInt8],
    tail: @escaping @Sendable (String) throws -> [Int32],
    stopTokens: Set<Int32>
  ) {
    self.encode = encode
    self.decode = decode
    self.boundaries = boundaries
    self.tail = tail
    self.stopTokens = stopTokens
  }
}
