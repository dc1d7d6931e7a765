package import APITypes
package import ParallelContext
package import Tokenizers

extension AnswerExplanation {
  /// Explains where an answer's attention went.
  ///
  /// - Parameters:
  ///   - statistics: The statistics of its attention.
  ///   - chunks: The document's chunks as ranges of its tokens.
  ///   - text: Returns the beginning of the text of a range of the document's tokens; called for the passages
  ///     alone.
  package init(
    _ statistics: QueryStatistics,
    chunks: [Range<Int>],
    text: (Range<Int>) -> String
  ) {
    let layers = statistics.layers.enumerated().map { index, layer in
      let rows = Double(max(1, layer.rows))
      return Layer(
        layer: index,
        sink: layer.sinkMass / rows,
        tail: layer.tailMass / rows,
        rest: layer.restMass / rows,
        chunks: Self.most(layer.chunkMass).map { chunk in
          Chunk(
            chunk: chunk,
            share: layer.chunkMass[chunk] / rows,
            used: Double(layer.chunkUses[chunk]) / rows
          )
        }
      )
    }
    var mass = [Double](repeating: 0, count: chunks.count)
    for layer in statistics.layers {
      for chunk in mass.indices { mass[chunk] += layer.chunkMass[chunk] }
    }
    let rows = Double(max(1, statistics.rowCount))
    let passages = Self.most(mass).map { chunk in
      let whole = chunks[chunk]
      let tokens =
        statistics.passages[chunk].map { whole.lowerBound + $0.lowerBound..<whole.lowerBound + $0.upperBound }
        ?? whole
      return Passage(
        chunk: chunk,
        firstToken: tokens.lowerBound,
        lastToken: tokens.upperBound - 1,
        share: mass[chunk] / rows,
        text: text(tokens)
      )
    }
    self.init(layers: layers, passages: passages)
  }

  /// The chunks with the most attention, of equal ones the earlier; without those that had none.
  private static func most(_ mass: [Double]) -> [Int] {
    let attended = mass.indices.filter { mass[$0] > 0 }
    return Array(attended.sorted { (-mass[$0], $0) < (-mass[$1], $1) }.prefix(mostChunks))
  }

  /// The beginning of the text of some tokens, at most ``longestText`` whole characters. A chunk may be cut
  /// within a character, so halves at its ends are left out.
  ///
  /// - Parameters:
  ///   - tokens: The tokens.
  ///   - tokenizer: The tokenizer of the tokens.
  /// - Returns: The text.
  /// - Complexity: O(``longestText``), however many tokens there are.
  package static func excerpt(_ tokens: ArraySlice<Int32>, _ tokenizer: Tokenizer) -> String {
    let mostBytes = 4 * longestText
    var bytes: [UInt8] = []
    for token in tokens.prefix(mostBytes) where !tokenizer.isControl(token) {
      bytes += tokenizer.bytes(of: token)
      if bytes.count >= mostBytes { break }
    }
    let isHalf = { (character: Character) in character == "\u{FFFD}" }
    var text = String(decoding: bytes.prefix(mostBytes), as: UTF8.self).drop(while: isHalf)
    while let last = text.last, isHalf(last) { text.removeLast() }
    return String(text.prefix(longestText))
  }
}
