/// The order in which questions are run.
///
/// A question is due when as many rows have been run after it came as it has itself. So a short one goes before a long
/// one that came a little earlier, and none waits for ever: what comes later is due later.
package struct QuestionOrder {
  private struct Entry {
    var id: Int
    var due: Int
  }

  /// By due time, then by arrival.
  private var entries: [Entry] = []
  /// Rows of questions that have been run so far.
  private var clock = 0

  package init() {}

  /// The questions that are not done, the next one first.
  package var ids: [Int] { entries.map(\.id) }

  /// Adds a question.
  ///
  /// - Parameters:
  ///   - id: Its number.
  ///   - rows: The rows of one pass over it.
  package mutating func add(_ id: Int, rows: Int) {
    let due = clock &+ max(0, rows)
    let place = entries.firstIndex { $0.due > due } ?? entries.count
    entries.insert(Entry(id: id, due: due), at: place)
  }

  /// Removes a question that is done or given up.
  package mutating func remove(_ id: Int) { entries.removeAll { $0.id == id } }

  /// Takes note of rows of questions that were run.
  package mutating func advance(rows: Int) { clock &+= max(0, rows) }
}

/// The rows of a round of an ``AnswerBatch``.
///
/// A round runs rows of every answer, and rows of questions beside them: few enough that the answers' next tokens do
/// not wait long, and enough for the matrix products to be worth reading the weights.
package struct RoundRows {
  /// The rows of questions, in slices, at which no further slice is taken.
  package let questions: Int
  /// The rows of a slice.
  package let slice: Int
  /// The most rows of one answer.
  package let answer: Int

  /// - Parameter answers: The number of answers that wait for their next token.
  package init(answers: Int) {
    // Slices that nobody waits for keep within a block of the model's pass.
    (questions, slice) = answers == 0 ? (96, 96) : (96, 32)
    answer = max(1, DraftLength.mostRows / max(1, answers))
  }

  /// The most rows of a round, for a batch of so many answers.
  package static func most(answers: Int) -> Int {
    let idle = RoundRows(answers: 0)
    return max(DraftLength.mostRows, answers) + idle.questions + idle.slice + QuestionSlice.fewest
  }
}
