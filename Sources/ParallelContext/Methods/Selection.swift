/// The choice of the chunks that a query attends to.
package enum Selection: Sendable, Hashable {
  /// Every chunk is attended.
  case all
  /// Every head and query token attends the best chunks by its own ranking.
  case perRow(Ranking, count: ChunkCount)
  /// One choice per layer, for all tokens that go through it together.
  case perLayer(Ranking, count: ChunkCount)
  /// One choice for all layers, made in a first pass over the question.
  case perQuestion(Ranking, count: ChunkCount)
  /// The few chunks that a question points at, where it does; see ``Focus``.
  case focus(Focus)

  /// The number of chunks that are attended; nil for all of them.
  package var count: ChunkCount? {
    switch self {
    case .all: nil
    case .perRow(_, let count), .perLayer(_, let count), .perQuestion(_, let count): count
    case .focus(let focus): focus.otherwise.count
    }
  }

  /// Every ranking that some pass over the question makes.
  package var rankings: [Ranking] {
    switch self {
    case .all: []
    case .perRow(let ranking, _), .perLayer(let ranking, _), .perQuestion(let ranking, _): [ranking]
    case .focus(let focus):
      switch focus.otherwise {
      case .perRow(let ranking, _): [focus.aim, ranking]
      case .perQuestion: [focus.aim]
      }
    }
  }

  /// True when some of `chunks` chunks are left out.
  package func leavesOut(of chunks: Int) -> Bool { count.map { $0.chunks < chunks } ?? false }

  /// The most chunks that a row attends in any pass.
  package func mostAttended(of chunks: Int) -> Int {
    guard leavesOut(of: chunks), let count else { return chunks }
    if case .focus(let focus) = self { return min(focus.candidates, chunks) }
    return count.chunks
  }

  /// The selection with its numbers of chunks resolved for chunks of the given lengths, in tokens.
  package func resolved(for lengths: [Int]) -> Selection {
    func final(_ count: ChunkCount) -> ChunkCount { ChunkCount(count.resolved(for: lengths)) }
    switch self {
    case .all: return .all
    case .perRow(let ranking, let count): return .perRow(ranking, count: final(count))
    case .perLayer(let ranking, let count): return .perLayer(ranking, count: final(count))
    case .perQuestion(let ranking, let count): return .perQuestion(ranking, count: final(count))
    case .focus(var focus):
      switch focus.otherwise {
      case .perRow(let ranking, let count): focus.otherwise = .perRow(ranking, count: final(count))
      case .perQuestion(let count): focus.otherwise = .perQuestion(count: final(count))
      }
      focus.beyond = focus.beyond.map(final)
      return .focus(focus)
    }
  }

  /// The selection without ``Focus/beyond``, which applies or does not at the document's length.
  package func settled(tokens: Int, _ reading: KeyReading) -> Selection {
    guard case .focus(let focus) = self else { return self }
    return .focus(focus.settled(tokens: tokens, reading))
  }
}
