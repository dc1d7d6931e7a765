/// A model's tokenizer and chat template, as functions that an evaluation needs.
package struct TextCoding: Sendable {
  /// Returns the tokens of a text, in which the names of special tokens are text like any other.
  package var encode: @Sendable (String) -> [Int32]
  /// Returns the text of tokens.
  package var decode: @Sendable ([Int32]) -> String
  /// Returns the boundary after each token of a text; see `ContextPlan.Boundary`.
  package var boundaries: @Sendable ([Int32]) -> [UInt8]
  /// Returns the tokens behind a document that ask a question, up to the beginning of the answer.
  package var tail: @Sendable (_ question: String) throws -> [Int32]
  /// The tokens that end an answer.
  package var stopTokens: Set<Int32>

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
