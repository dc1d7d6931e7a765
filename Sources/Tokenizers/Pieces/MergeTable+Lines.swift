extension MergeTable {
  /// Reads the merges of a byte-level vocabulary, by rank.
  init(_ lines: [String], _ vocabulary: Vocabulary) throws(TokenizerError) {
    self.init(capacity: lines.count)
    for (rank, line) in lines.enumerated() {
      let parts = line.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 2, let left = ByteAlphabet.bytes(of: String(parts[0])),
        let right = ByteAlphabet.bytes(of: String(parts[1]))
      else {
        throw TokenizerError(.malformed, "merge \(rank) is not two spellings with a space between: \(line)")
      }
      guard let leftToken = vocabulary.find(left.span), let rightToken = vocabulary.find(right.span),
        let token = vocabulary.find((left + right).span)
      else {
        throw TokenizerError(
          .malformed,
          "merge \(rank) uses or makes a token outside the vocabulary: \(line)"
        )
      }
      insert(leftToken, rightToken, rank: rank, token: token)
    }
  }
}
