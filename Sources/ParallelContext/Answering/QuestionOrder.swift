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
