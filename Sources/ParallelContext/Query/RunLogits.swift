/// The logits after the rows of a run, taken one row after another. Its memory grows to that of the longest run.
struct RunLogits {
  /// The logits of the next row.
  var next: [Float]
  private var rows: [Float] = []
  private var count = 0
  private var row = 0

  init(vocabulary: Int) { next = Array(repeating: 0, count: vocabulary) }

  /// Reads the logits after the last tokens of a session's last run, and takes the first row.
  mutating func read(rows count: Int, of session: some AnswerSession) throws {
    (self.count, row) = (count, 0)
    guard count > 1 else {
      try next.withUnsafeMutableBufferPointer { try session.readLogits(lastRows: 1, into: $0) }
      return
    }
    let needed = count * next.count
    if rows.count < needed { rows.append(contentsOf: repeatElement(0, count: needed - rows.count)) }
    try rows.withUnsafeMutableBufferPointer { try session.readLogits(lastRows: count, into: $0) }
    take()
  }

  /// Takes the next row.
  ///
  /// - Returns: False if there is none.
  mutating func advance() -> Bool {
    guard row + 1 < count else { return false }
    row += 1
    take()
    return true
  }

  private mutating func take() {
    let first = row * next.count
    rows.withUnsafeBufferPointer { rows in
      for index in next.indices { next[index] = rows[first + index] }
    }
  }
}
