package import Transformer

/// A tail to which the tokens of a question and its answer are appended. It runs none itself: it names the tokens and
/// prepares their attention, and a pass that several tails may share runs them.
package protocol AnswerSession: AnyObject {
  /// The number of further tokens that fit.
  var remaining: Int { get }

  /// The most tokens of the answer that run together as if one by one, bit for bit; 1 where rows depend on each other.
  var mostTogether: Int { get }

  /// The statistics of attention so far; nil where none are kept.
  var currentStatistics: QueryStatistics? { get }

  /// Begins the question.
  func beginQuestion(_ tokens: [Int32]) throws

  /// Prepares the next rows of the question.
  ///
  /// - Parameter most: The rows wanted; see ``QuestionSlice``.
  /// - Returns: The rows, at least one.
  /// - Throws: Errors of allocating memory.
  func beginSlice(most: Int) throws -> QuestionSlice

  /// Takes note that the rows prepared last were run.
  ///
  /// - Returns: True if the question is done.
  func endSlice() throws -> Bool

  /// Prepares tokens of the answer, at most ``mostTogether`` of them.
  ///
  /// - Returns: Their attention.
  func beginRun(_ tokens: Int) throws -> any AttentionOperator

  /// Takes note that tokens of the answer were run.
  func endRun(_ tokens: Int)

  /// Takes the last tokens back.
  func removeLast(_ count: Int)

  /// The part of a document, by its tokens, from which the answer may quote.
  func quotable(_ document: [Int32]) -> [Int32]
}

/// Rows of a question that run together.
package struct QuestionSlice {
  /// The tokens.
  package var tokens: ArraySlice<Int32>
  /// The attention of these rows.
  package var attention: any AttentionOperator
  /// The rows that must go through a layer together, because they share a choice; nil where any number may.
  package var blockRows: Int?

  /// The fewest rows of a slice behind which another one comes: fewer are attended in another order, which rounds
  /// otherwise, and an answer shall not depend on those that are computed beside it.
  package static let fewest = 32

  /// The number of rows of the next slice.
  ///
  /// - Parameters:
  ///   - left: The rows that are left, at least 1.
  ///   - most: The rows wanted.
  /// - Returns: `most` rows, or all that are left if fewer than ``fewest`` would remain.
  package static func count(left: Int, most: Int) -> Int {
    let most = max(fewest, most)
    return left < most + fewest ? left : most
  }
}
