package import Benchmarks

extension BenchmarkText {
  /// The first tokens of the text, read paragraph by paragraph.
  ///
  /// - Parameters:
  ///   - count: The number of tokens.
  ///   - encode: The tokens of a text.
  /// - Returns: As many tokens.
  package static func tokens(_ count: Int, encode: (String) -> [Int32]) -> [Int32] {
    var text = BenchmarkText()
    var tokens: [Int32] = []
    while tokens.count < count { tokens += encode(text.paragraph()) }
    return Array(tokens.prefix(count))
  }

  /// The first paragraphs of the text.
  ///
  /// - Parameters:
  ///   - count: The number of tokens that they have together at least, each read by itself.
  ///   - encode: The tokens of a text.
  /// - Returns: The paragraphs as one text.
  package static func paragraphs(tokens count: Int, encode: (String) -> [Int32]) -> String {
    var (text, whole, tokens) = (BenchmarkText(), "", 0)
    while tokens < count {
      let paragraph = text.paragraph()
      whole += paragraph
      tokens += encode(paragraph).count
    }
    return whole
  }
}
