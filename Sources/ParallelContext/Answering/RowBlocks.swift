/// The blocks in which rows of answers and questions go through a layer.
///
/// Every block reads the weights once. As long as there are few rows of answers, they are a block by themselves: it may
/// read compact weights, and its rows have the bits that they have alone. Beyond that, packed weights are read for all
/// rows at once.
package struct RowBlocks: Equatable {
  /// The rows of each block.
  package private(set) var sizes: [Int] = []
  /// True if the rows of answers have the bits that they have alone, where `Model.keepsRowsApart(for:)` holds.
  package let keepsBits: Bool

  /// Cuts rows, those of answers first.
  ///
  /// - Parameters:
  ///   - answers: Rows of answers.
  ///   - questions: Rows of questions that may be cut anywhere.
  ///   - wholes: The rows of each further question, and the rows of it that go through a layer together.
  ///   - isPacked: True if there are packed weights.
  ///   - most: The most rows of a block.
  package init(
    answers: Int,
    questions: Int,
    wholes: [(rows: Int, blockRows: Int)] = [],
    isPacked: Bool,
    most: Int
  ) {
    keepsBits = answers <= DraftLength.mostRows
    if isPacked, !keepsBits {
      append(answers + questions, most: most)
    } else {
      append(answers, most: DraftLength.mostRows)
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
