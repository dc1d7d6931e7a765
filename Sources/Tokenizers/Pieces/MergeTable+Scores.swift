extension MergeTable {
  /// Derives the merges of SentencePiece: two symbols merge where together they spell a token, and the token of
  /// the highest score comes first. Tokens of equal scores have one rank.
  init(scores: [Float], _ vocabulary: Vocabulary, _ characters: CharacterSymbols) {
    let tokens = (0..<Int32(vocabulary.count)).filter { vocabulary.isPiece($0) }
    var merges: [(left: Int32, right: Int32, token: Int32)] = []
    for token in tokens {
      let bytes = Array(vocabulary.bytes(of: token))
      /// The symbol of a part of the token, if merging can make it.
      func symbol(_ start: Int, _ end: Int) -> Int32? {
        let first = UTF8Sequence(bytes.span, at: start)
        if first.count == end - start { return characters.symbol(of: first.scalar) }
        return vocabulary.find(bytes.span.extracting(start..<end))
      }
      var cut = UTF8Sequence(bytes.span, at: 0).count
      while cut < bytes.count {
        if let left = symbol(0, cut), let right = symbol(cut, bytes.count) {
          merges.append((left, right, token))
        }
        cut += UTF8Sequence(bytes.span, at: cut).count
      }
    }
    let ranks = Self.ranks(tokens, scores)
    self.init(capacity: merges.count)
    for merge in merges {
      insert(merge.left, merge.right, rank: ranks[Int(merge.token)], token: merge.token)
    }
  }

  /// The rank of each token: the number of different scores above its own.
  private static func ranks(_ tokens: [Int32], _ scores: [Float]) -> [Int] {
    var ranks = [Int](repeating: 0, count: scores.count)
    var rank = 0
    var last: Float?
    for token in tokens.sorted(by: { scores[Int($0)] > scores[Int($1)] }) {
      let score = scores[Int(token)]
      if let last, score < last { rank += 1 }
      ranks[Int(token)] = rank
      last = score
    }
    return ranks
  }
}
