internal import APITypes
internal import CommandLineSupport
internal import SystemText
internal import Tables

extension Console {
  /// Shows the progress of a document until it is encoded.
  ///
  /// - Parameter events: The document's events.
  /// - Returns: The summary.
  /// - Throws: ``CommandFailure`` when the document failed; errors of the events.
  func follow<Events: AsyncSequence>(_ events: Events) async throws -> EncodeSummary
  where Events.Element == DocumentEvent {
    var pacer = redraws ? ProgressPacer.terminal : ProgressPacer.log
    let start = ContinuousClock.now
    for try await event in events {
      switch event {
      case .progress(let progress):
        if pacer.shows(progress, at: ContinuousClock.now - start) { show(progress) }
      case .done(let summary):
        clearRedrawnLine()
        return summary
      case .failed(let message):
        throw CommandFailure(.failed, message)
      }
    }
    try Task.checkCancellation()
    throw CommandFailure(.failed, "The encoding ended without a result.")
  }

  /// Writes an answer as it comes, or collects it.
  ///
  /// - Parameters:
  ///   - events: The answer's events.
  ///   - question: The question.
  ///   - streams: True to write the text to standard output as it comes.
  /// - Returns: The whole answer.
  /// - Throws: Errors of the events; ``CommandFailure`` when they end early or the text cannot be written.
  func collect<Events: AsyncSequence>(
    _ events: Events,
    question: String,
    streams: Bool
  ) async throws -> AnswerReport where Events.Element == AnswerEvent {
    var text = ""
    for try await event in events {
      switch event {
      case .delta(let delta):
        guard let content = delta.content, !content.isEmpty else { continue }
        text += content
        if streams { try result(answer: content) }
      case .finished(let summary):
        if streams { try result("\n") }
        return AnswerReport(question: question, text: text, summary: summary)
      }
    }
    try Task.checkCancellation()
    throw CommandFailure(.failed, "The answer ended early.")
  }

  /// Writes the flag by which the same answer can be drawn again.
  func tellSeed(_ answer: AnswerReport) {
    if let seed = answer.seed { detail("drawn with --seed \(seed)") }
  }

  /// Writes the explanation of an answer if there is one, in quiet commands too, since it was asked for.
  func explain(_ answer: AnswerReport) {
    answer.explanation?.lines.forEach(warn)
  }

  /// Reports the invalid UTF-8 in a document that was replaced, if any was.
  func reportReplacedBytes(_ status: DocumentStatus) {
    guard let count = status.replacedInvalidBytes, count > 0 else { return }
    warn("\(status.name): \(Quantities.counted(count, "byte")) were no valid UTF-8 and were replaced.")
  }

  /// Writes a value as one line of JSON.
  func result(json value: some Encodable) throws {
    try result(TerminalText.json(try APIJSON.string(value)) + "\n")
  }

  /// Writes lines. What a terminal would act on is written out.
  func result(lines: [String]) throws(CommandFailure) {
    try result(lines.map { TerminalText.line($0) + "\n" }.joined())
  }
}
