/// An answer that grows: its tail, its steps and its clock.
final class LiveAnswer {
  let session: any AnswerSession
  /// The most rows of a run.
  let mostRows: Int
  var steps: AnswerSteps
  /// The logits after the rows of the last run.
  var logits: RunLogits
  private let began: Double
  private var firstAt: Double?

  /// Begins an answer whose question was run.
  ///
  /// - Parameters:
  ///   - asked: The question.
  ///   - session: Its tail.
  ///   - vocabulary: The number of logits.
  init(_ asked: AskedQuestion, _ session: any AnswerSession, vocabulary: Int) {
    self.session = session
    began = asked.began
    mostRows = asked.query.drafts ? session.mostTogether : 1
    let document: [Int32]
    switch asked.text {
    case .chunks(_, let tokens): document = tokens
    case .whole: document = []
    }
    steps = AnswerSteps(
      asked.query,
      vocabulary: vocabulary,
      draftingFrom: mostRows > 1 ? session.quotable(document) : nil
    )
    logits = RunLogits(vocabulary: vocabulary)
  }

  /// Chooses the tokens that the logits give.
  ///
  /// - Parameter onToken: Called with each of them; false ends the answer.
  /// - Returns: False if the answer has ended.
  /// - Throws: What `onToken` throws.
  func chooseTokens(telling onToken: ((Int32) throws -> Bool)?) throws -> Bool {
    repeat {
      let token = steps.choose(&logits.next)
      // A stop token may be the first.
      if firstAt == nil { firstAt = monotonicSeconds() }
      guard let token, try onToken?(token) ?? false else { return false }
    } while steps.isConfirmed && !steps.isComplete && logits.advance()
    return !steps.isComplete
  }

  /// The costs and the statistics so far.
  var report: QueryEngine.Report {
    var report = QueryEngine.Report(tokens: steps.tokens, drafted: steps.drafted, accepted: steps.accepted)
    report.stopped = steps.stopped
    let first = firstAt ?? began
    report.timeToFirstToken = first - began
    if report.tokens > 1 { report.secondsPerToken = (monotonicSeconds() - first) / Double(report.tokens - 1) }
    report.statistics = session.currentStatistics
    return report
  }
}
