internal import Transformer

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

  /// The rows of the longest slice wanted: with those that would be too few for another one, it keeps within a block of
  /// a model's pass.
  static let longestSlice = DecoderPass.blockRows - QuestionSlice.fewest

  /// - Parameter answers: The number of answers that wait for their next token.
  package init(answers: Int) {
    questions = Self.longestSlice
    slice = answers == 0 ? Self.longestSlice : QuestionSlice.fewest
    answer = max(1, DraftLength.mostRows / max(1, answers))
  }

  /// The most rows of a round, for a batch of so many answers.
  package static func most(answers: Int) -> Int {
    let idle = RoundRows(answers: 0)
    return max(DraftLength.mostRows, answers) + idle.questions + idle.slice + QuestionSlice.fewest
  }
}
