/// Braid's own selection: a question that points at a few chunks reads these alone.
///
/// If one passage answers a question, some heads give that passage nearly all of their attention. When text
/// is merely continued, none do. So a question is run up to three times:
///
/// 1. A first pass ranks all chunks for the question as a whole, by ``aim``. A ranking that reads no keys
///    attends no chunk in this pass.
/// 2. A second pass attends the best of them, one more than a question can point at, and the last chunk of
///    the document, in pages of 64 tokens. With s the summed top weights of a page (see ``PassageFinder``)
///    its odds are s / (5 - s).
/// 3. Where the odds fall tenfold from one chunk to the next, the question points at the chunks before the
///    fall. These alone are read, or ``passageTokens`` of them, right behind the sink. Without such a fall
///    ``otherwise`` applies, or ``beyond`` in a long document.
package struct Focus: Sendable, Hashable {
  /// The ranking of the first pass.
  package var aim: Ranking
  /// The tokens that are read around the one page of a chunk at which the question points; nil for the whole
  /// chunk.
  package var passageTokens: Int?
  /// The selection for a question that does not point at a few chunks.
  package var otherwise: Fallback
  /// The number of chunks of one choice for the question, in place of ``otherwise`` where that would cost a
  /// token more than the weights do (see ``KeyReading``); nil for ``otherwise`` at every length.
  package var beyond: ChunkCount?

  /// The part of the sketches that the first pass reads, where ``aim`` is ``Ranking/sketch``.
  package var scan: Scan

  /// A selection for questions that do not point at a few chunks.
  package enum Fallback: Sendable, Hashable {
    /// Every head and query token chooses for itself.
    case perRow(Ranking, count: ChunkCount)
    /// The best of the chunks that the second pass attended, for every head and token however long the
    /// answer: no other chunk is read again.
    case perQuestion(count: ChunkCount)

    /// The number of chunks that are attended.
    package var count: ChunkCount {
      switch self {
      case .perRow(_, let count), .perQuestion(let count): count
      }
    }
  }

  package init(
    aim: Ranking,
    passageTokens: Int? = nil,
    otherwise: Fallback,
    beyond: ChunkCount? = nil,
    scan: Scan = .auto
  ) {
    self.aim = aim
    self.passageTokens = passageTokens
    self.otherwise = otherwise
    self.beyond = beyond
    self.scan = scan
  }

  /// The focus with one selection, for a document of the given length.
  ///
  /// - Parameters:
  ///   - tokens: Tokens of the document.
  ///   - reading: What reading its keys costs.
  /// - Returns: The focus without a selection beyond a length.
  package func settled(tokens: Int, _ reading: KeyReading) -> Focus {
    var focus = self
    focus.beyond = nil
    if let beyond, reading.outweighsWeights(tokens: tokens) { focus.otherwise = .perQuestion(count: beyond) }
    return focus
  }

  /// The most chunks that a question can point at.
  package var most: Int { max(otherwise.count.chunks, 4) }
  /// The chunks that the second pass attends: one more than a question can point at, to tell whether it does.
  package var candidates: Int { most + 1 }
}
