/// The plan of one pass over a question, with all that attention has to know of it; it does not change while
/// the pass lasts.
package struct PassPlan: Sendable, Hashable {
  /// The pass, with the chunks that are attended and the ranking.
  package let pass: QuestionPass
  /// The places of chunks and tail.
  package let layout: Layout

  private init(_ pass: QuestionPass, _ layout: Layout) {
    self.pass = pass
    self.layout = layout
  }

  /// The attended tokens of each chunk that is not attended whole in the last pass, counted from its first.
  package var passages: [Int: Range<Int>] {
    if case .answering(.focused(_, let passages)) = pass { return passages }
    return [:]
  }
}

extension PassPlan {
  /// The plans of the passes over one question, in their order.
  package struct Sequence: Sendable {
    private let selection: Selection
    private let sink: Int
    private let second: Int?
    /// The chunks at the placement's positions, and at the second place beside these.
    private let offered: Layout
    /// The plan of the current pass.
    package private(set) var plan: PassPlan

    /// Plans the first pass.
    ///
    /// - Parameters:
    ///   - reading: The reading.
    ///   - positions: The places of its placement.
    ///   - sink: Tokens of the sink.
    ///   - lengths: Tokens of each chunk.
    package init(
      _ reading: Reading,
      positions: Placement.Positions,
      sink: Int,
      lengths: [Int]
    ) {
      selection = reading.selection.resolved(for: lengths)
      self.sink = sink
      // At the second place all chunks are equally near, as a single one is anyway.
      second =
        lengths.count > 1
        ? reading.view.map { positions.second(gap: $0, longest: lengths.max() ?? 0) } : nil
      offered = Layout(positions, second: second, lengths: lengths)
      let pass = QuestionPass(selection, chunks: lengths.count)
      plan = PassPlan(pass, Self.layout(pass, offered: offered, second: second, sink: sink))
    }

    /// Plans a single pass in which every chunk is attended.
    package init(attendingAll layout: Layout, sink: Int) {
      selection = .all
      self.sink = sink
      second = nil
      offered = layout
      plan = PassPlan(.answering(.all), layout)
    }

    /// Plans the next pass.
    ///
    /// - Parameter findings: The findings of the current one.
    package mutating func finish(_ findings: QuestionPass.Findings) {
      let pass = plan.pass.finished(findings, selection: selection, chunks: offered.chunks.count)
      plan = PassPlan(pass, Self.layout(pass, offered: offered, second: second, sink: sink))
    }

    private static func layout(
      _ pass: QuestionPass,
      offered: Layout,
      second: Int?,
      sink: Int
    ) -> Layout {
      switch pass {
      case .ranking, .inspecting: offered.level(at: second)
      case .answering(.focused(let chunks, let passages)):
        offered.focused(on: chunks, passages: passages, behind: sink)
      case .answering: offered
      }
    }
  }
}
