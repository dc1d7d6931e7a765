internal import ParallelContext

/// One round of questions, of which several are answered at a time.
struct ConcurrentRound {
  struct Answer {
    var tokens: [Int32] = []
    var timeToFirstToken = 0.0
    var secondsPerToken = 0.0
  }

  /// Questions that were answered at a time.
  var concurrency: Int
  var seconds: Double
  /// By question.
  var answers: [Answer]

  var tokensPerSecond: Double {
    seconds > 0 ? Double(answers.reduce(0) { $0 + $1.tokens.count }) / seconds : 0
  }
}

extension QueryBenchmark {
  /// Answers all questions over one context, several at a time: those of a group are asked at once, and the next group
  /// when the last of them is answered.
  ///
  /// - Parameters:
  ///   - concurrency: The questions of a group.
  ///   - index: The context's index in the configuration.
  ///   - isWarmUp: True to discard the result.
  /// - Throws: Errors of answering.
  package func answerTogether(_ concurrency: Int, context index: Int, isWarmUp: Bool = false) throws {
    let context = contexts[index]
    let text = AskedQuestion.Text.chunks(context, document: document(context))
    let batch = try AnswerBatch(model: model, threads: configuration.threads, most: concurrency)
    let count = configuration.concurrency.max() ?? 1
    var answers = (0..<count).map { _ in ConcurrentRound.Answer() }
    var failure: (any Error)?
    let start = monotonicSeconds()
    for first in stride(from: 0, to: count, by: concurrency) {
      for number in first..<min(first + concurrency, count) {
        batch.add(
          AskedQuestion(
            query(number),
            reading: text,
            onToken: { token in
              answers[number].tokens.append(token)
              return !Task.isCancelled
            },
            onEnd: { outcome in
              switch outcome {
              case .success(let report):
                answers[number].timeToFirstToken = report.timeToFirstToken
                answers[number].secondsPerToken = report.secondsPerToken
              case .failure(let error): failure = error
              }
            }
          )
        )
      }
      while !batch.isEmpty { batch.runRound() }
    }
    let seconds = monotonicSeconds() - start
    try Task.checkCancellation()
    if let failure { throw failure }
    guard !isWarmUp else { return }
    rounds[index].append(ConcurrentRound(concurrency: concurrency, seconds: seconds, answers: answers))
  }

  /// The results of a context: a row for each number of questions at a time.
  func together(context index: Int) -> [ConcurrencyRow] {
    func rounds(_ concurrency: Int) -> [ConcurrentRound] {
      self.rounds[index].filter { $0.concurrency == concurrency }
    }
    func speed(_ concurrency: Int) -> Double { median(rounds(concurrency).map(\.tokensPerSecond)) }
    let alone = configuration.concurrency.contains(1) ? speed(1) : 0
    let reference = rounds(1).first?.answers.map(\.tokens)
    return configuration.concurrency.map { concurrency in
      let rounds = rounds(concurrency)
      let answers = rounds.flatMap(\.answers)
      let identical = reference.map { reference in
        mean(rounds.flatMap { zip($0.answers, reference).map { $0.tokens == $1 ? 1.0 : 0.0 } })
      }
      return ConcurrencyRow(
        concurrency: concurrency,
        questions: configuration.concurrency.max() ?? 1,
        tokensPerSecond: speed(concurrency),
        timesAlone: alone > 0 ? speed(concurrency) / alone : nil,
        timeToFirstTokenSeconds: median(answers.map(\.timeToFirstToken)),
        slowestFirstTokenSeconds: median(rounds.map { $0.answers.map(\.timeToFirstToken).max() ?? 0 }),
        secondsPerToken: median(answers.map(\.secondsPerToken)),
        identicalAnswers: identical
      )
    }
  }
}
