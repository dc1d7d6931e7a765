/// One run of a question through the model: the chunks that rows attend in it, and the kind of its findings.
///
/// It is a value without a model. The first pass follows from the selection, each further one from the
/// findings of the pass before:
///
/// - ``ranking(_:attending:)`` → ``inspecting(_:)`` or ``answering(_:)``
/// - ``inspecting(_:)`` → ``answering(_:)``
/// - ``answering(_:)`` is the last; the tokens of the answer go on in it.
package enum QuestionPass: Sendable, Hashable {
  /// All chunks are ranked for the question as a whole. Meanwhile every layer attends `attending` of its own
  /// best ones. That is 0 for a ranking that reads no keys, so that only the keys of chunks chosen later are
  /// read.
  case ranking(Ranking, attending: Int)
  /// The given chunks are attended by every row, and inspected page by page.
  case inspecting([Int])
  /// The answer is computed.
  case answering(Attended)

  /// The chunks that rows attend in the last pass.
  package enum Attended: Sendable, Hashable {
    /// All of them.
    case all
    /// The best ones by each row's own ranking.
    case perRow(Ranking, count: Int)
    /// The best ones of a layer, for all rows that go through it together.
    case perLayer(Ranking, count: Int)
    /// The same for every row, chosen before.
    case held([Int])
    /// Those that the question points at, or some of their tokens, right behind the sink.
    case focused([Int], passages: [Int: Range<Int>])
  }

  /// The findings of a pass.
  package enum Findings: Sendable {
    /// None, as of the last pass.
    case nothing
    /// Each chunk's score over all rows and layers.
    case chunks(ScoreReduction)
    /// The scores of the pages of the inspected chunks.
    case pages(PassageFinder)
  }

  /// The first pass over a question.
  ///
  /// - Parameters:
  ///   - selection: The selection, its numbers of chunks resolved.
  ///   - chunks: The number of the document's chunks.
  package init(_ selection: Selection, chunks: Int) {
    guard let count = selection.count?.chunks, selection.leavesOut(of: chunks) else {
      self = .answering(.all)
      return
    }
    switch selection {
    case .all: self = .answering(.all)
    case .perRow(let ranking, _): self = .answering(.perRow(ranking, count: count))
    case .perLayer(let ranking, _): self = .answering(.perLayer(ranking, count: count))
    case .perQuestion(let ranking, _): self = .ranking(ranking, attending: ranking.needsKeys ? count : 0)
    case .focus(let focus):
      // With so few chunks all of them are inspected, and a ranking would decide nothing.
      self =
        focus.candidates >= chunks
        ? .inspecting(Array(0..<chunks))
        : .ranking(focus.aim, attending: focus.aim.needsKeys ? count : 0)
    }
  }

  /// The pass after this one.
  ///
  /// - Parameters:
  ///   - findings: The findings of this pass.
  ///   - selection: The selection, its numbers of chunks resolved.
  ///   - chunks: The number of the document's chunks.
  /// - Returns: The next pass; the last one goes on as it is.
  package func finished(_ findings: Findings, selection: Selection, chunks: Int) -> QuestionPass {
    // A text that goes on needs the end of the document most. A ranking that gives near and far chunks the
    // same chance does not show that, so the last chunk is kept whatever its score.
    let last = chunks - 1
    switch (self, findings, selection) {
    case (.ranking, .chunks(let scores), .perQuestion(_, let count)):
      return .answering(.held(scores.best(count.chunks)))
    case (.ranking, .chunks(let scores), .focus(let focus)):
      return .inspecting(scores.best(focus.candidates, always: last))
    case (.inspecting, .pages(let pages), .focus(let focus)):
      if let pointed = pages.focus(most: focus.most) {
        let passages = focus.passageTokens.map { pages.passages(of: $0, in: pointed) } ?? [:]
        return .answering(.focused(pointed, passages: passages))
      }
      switch focus.otherwise {
      case .perRow(let ranking, let count): return .answering(.perRow(ranking, count: count.chunks))
      case .perQuestion(let count): return .answering(.held(pages.best(count.chunks, always: last)))
      }
    default: return self
    }
  }

  /// True for the last pass.
  package var isLast: Bool {
    if case .answering = self { return true }
    return false
  }

  /// The ranking by which rows or layers choose in this pass; nil where nothing is ranked.
  package var ranking: Ranking? {
    switch self {
    case .ranking(let ranking, _), .answering(.perRow(let ranking, _)), .answering(.perLayer(let ranking, _)):
      ranking
    case .inspecting, .answering(.all), .answering(.held), .answering(.focused): nil
    }
  }
}
