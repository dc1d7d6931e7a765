internal import ParallelContext

extension QuerySession {
  /// Runs tokens of an answer by a pass that answers share.
  func answer(_ tokens: [Int32], by pass: AnswerPass) throws {
    try pass.run(answers: [(tokens, try beginRun(tokens.count))], questions: [])
    endRun(tokens.count)
  }
}
