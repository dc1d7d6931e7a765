/// The logits after the rows of a run, taken one row after another. Its memory grows to that of the longest run.
struct RunLogits {
  /// The logits of the next row.
  var next: [Float]
  private var rows: [Float] = []
  private var count = 0
  private var row = 0

  init(vocabulary: Int) { next = Array(repeating: 0, count: vocabulary) }

  /// Copies the logits after the rows of a run, `[rows][vocabulary]`, and takes the first row.
  mutating func set(_ values: UnsafeBufferPointer<Float>) {
    count = values.count / max(1, next.count)
    row = 0
    guard count > 1 else {
      for index in next.indices { next[index] = values[index] }
      return
    }
    if rows.count < values.count {
      rows.append(contentsOf: repeatElement(0, count: values.count - rows.count))
    }
    for index in values.indices { rows[index] = values[index] }
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
