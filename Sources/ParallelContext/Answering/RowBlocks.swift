/// The blocks in which rows of answers and questions go through a layer.
///
/// Every block reads the weights once. Compact weights are read fastest, but serve few rows; with more, packed ones
/// are read for all rows at once.
package struct RowBlocks: Equatable {
  /// The rows of each block.
  package private(set) var sizes: [Int] = []

  /// Cuts rows, those of answers first.
  ///
  /// - Parameters:
  ///   - answers: Rows of answers.
  ///   - questions: Rows of questions that may be cut anywhere.
  ///   - wholes: The rows of each further question, and the rows of it that go through a layer together.
  ///   - few: The most rows that compact weights serve; 0 where there are none.
  ///   - isPacked: True if there are packed weights.
  ///   - most: The most rows of a block.
  package init(
    answers: Int,
    questions: Int,
    wholes: [(rows: Int, blockRows: Int)] = [],
    few: Int,
    isPacked: Bool,
    most: Int
  ) {
    if isPacked, answers > few {
      append(answers + questions, most: most)
    } else {
      append(answers, most: max(1, few))
      append(questions, most: most)
    }
    for whole in wholes { append(whole.rows, most: whole.blockRows) }
  }

  private mutating func append(_ rows: Int, most: Int) {
    var left = rows
    while left > 0 {
      sizes.append(min(left, most))
      left -= min(left, most)
    }
  }
}
