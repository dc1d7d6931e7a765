extension Tokenizer {
  /// Rates the break of the text after each token.
  ///
  /// * 2: a paragraph ends there. The text up to the end of the token ends in a blank line, and the text
  ///   behind it does not continue the blank lines.
  /// * 1: a line ends there.
  /// * 0: neither.
  ///
  /// Blanks after the last line end, which indent the next line, may belong to the token.
  ///
  /// - Parameter tokens: The ids of a text.
  /// - Returns: As many strengths as tokens.
  /// - Complexity: O(bytes of the text).
  package func boundaries(of tokens: [Int32]) -> [UInt8] {
    var strengths = [UInt8](repeating: 0, count: tokens.count)
    var newlines = 0
    for (index, token) in tokens.enumerated() {
      var endsLine = false
      for byte in vocabulary.bytes(of: token) {
        if byte == Ascii.newline {
          newlines += 1
          endsLine = true
        } else if !Self.isBlank(byte) {
          newlines = 0
          endsLine = false
        }
      }
      if endsLine { strengths[index] = newlines > 1 ? 2 : 1 }
    }
    // From the end: blank lines that go on behind a token do not end with it.
    var continues = false
    for (index, token) in tokens.enumerated().reversed() {
      if continues, strengths[index] == 2 { strengths[index] = 1 }
      for byte in vocabulary.bytes(of: token) where !Self.isBlank(byte) {
        continues = byte == Ascii.newline
        break
      }
    }
    return strengths
  }

  /// Space, tab, carriage return, form feed or vertical tab.
  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == Ascii.space || byte != Ascii.newline && byte &- 9 < 5
  }
}
