package import APITypes
internal import Tables

/// An answer with its question, as commands report it.
package struct AnswerReport: Codable, Hashable, Sendable {
  /// The question.
  package var question: String
  /// The answer.
  package var text: String
  /// Tokens of the answer.
  package var tokens: Int
  /// Seconds from the question to the first token.
  package var timeToFirstTokenSeconds: Double
  /// Mean seconds between tokens, after the first.
  package var secondsPerToken: Double
  /// The reason why it ended.
  package var finishReason: FinishReason
  /// The mean entropy of attention after selection, in nats; nil if not measured.
  package var entropyNats: Double?
  /// The mean number of chunks that a head and token attended; nil if not measured.
  package var chunksSelected: Double?
  /// Tokens that were drafted from the text and verified; nil if none were to be.
  package var draftedTokens: Int?
  /// Drafted tokens that were right; nil if none were to be drafted.
  package var acceptedTokens: Int?
  /// The policy used.
  package var policy: String?
  /// The seed with which the answer was drawn; nil if none was used.
  package var seed: UInt64?
  /// The distribution of attention; nil unless asked for.
  package var explanation: AnswerExplanation?

  /// Makes the report of one answer.
  package init(question: String, text: String, summary: AnswerSummary) {
    self.question = question
    self.text = text
    tokens = summary.figures.tokens
    timeToFirstTokenSeconds = summary.figures.timeToFirstTokenSeconds
    secondsPerToken = summary.figures.secondsPerToken
    finishReason = summary.finishReason
    entropyNats = summary.figures.entropyNats
    chunksSelected = summary.figures.chunksSelected
    draftedTokens = summary.figures.draftedTokens
    acceptedTokens = summary.figures.acceptedTokens
    policy = summary.figures.policy
    seed = summary.figures.seed
    explanation = summary.figures.explanation
  }

  private enum CodingKeys: String, CodingKey {
    case question, text, tokens, policy, seed, explanation
    case timeToFirstTokenSeconds = "time_to_first_token_seconds"
    case secondsPerToken = "seconds_per_token"
    case finishReason = "finish_reason"
    case entropyNats = "entropy_nats"
    case chunksSelected = "chunks_selected"
    case draftedTokens = "drafted_tokens"
    case acceptedTokens = "accepted_tokens"
  }

  /// The line of timings below an answer.
  package var timing: String {
    var words = [
      Quantities.counted(tokens, "token"), "first after \(Quantities.seconds(timeToFirstTokenSeconds))",
    ]
    if tokens > 1, secondsPerToken > 0 { words.append("\(Quantities.rate(1 / secondsPerToken)) tokens/s") }
    if let draftedTokens, let acceptedTokens, draftedTokens > 0 {
      words.append("\(acceptedTokens) of \(Quantities.counted(draftedTokens, "drafted token")) right")
    }
    if let chunksSelected { words.append("\(Quantities.decimal(chunksSelected, places: 1)) chunks read") }
    if let entropyNats { words.append("entropy \(Quantities.decimal(entropyNats, places: 2)) nats") }
    if finishReason == .length { words.append("cut at --max-tokens") }
    return words.joined(separator: ", ")
  }
}

/// The JSON output of `run` and `encode`.
package struct JobReport: Codable, Hashable, Sendable {
  /// The document's id; nil unless a coordinator keeps the document.
  package var id: String?
  /// The size of the document.
  package var document: DocumentFigures
  /// Times, rate and traffic.
  package var encode: EncodeFigures
  /// The share of each worker.
  package var workers: [WorkerFigures]
  /// The answer to the first question.
  package var answer: AnswerReport?
  /// All answers, in the order of the questions.
  package var answers: [AnswerReport]?
  /// The number of invalid UTF-8 sequences in the document that were replaced; nil if there was none.
  package var replacedInvalidBytes: Int?
  /// True when a chunk was replayed from a recording instead of computed; else nil.
  package var replayed: Bool?

  /// Makes the report of one document and of the questions about it.
  package init(
    id: String? = nil,
    summary: EncodeSummary,
    answers: [AnswerReport]? = nil,
    replacedInvalidBytes: Int? = nil
  ) {
    self.id = id
    document = summary.document
    encode = summary.encode
    workers = summary.workers
    replayed = summary.replayed
    answer = answers?.first
    self.answers = answers
    self.replacedInvalidBytes = replacedInvalidBytes
  }

  private enum CodingKeys: String, CodingKey {
    case id, document, encode, workers, answer, answers, replayed
    case replacedInvalidBytes = "replaced_invalid_bytes"
  }
}

extension EncodeSummary {
  /// The times of the encoding's parts, in lines for people.
  package var lines: [String] {
    let precision = encode.compute.map { ", in \($0)" } ?? ""
    let ratio =
      encode.wallOverCompute.map { "; wall over compute \(Quantities.decimal($0, places: 3))" } ?? ""
    let size = document.chunks > 1 ? " of about \(Quantities.count(document.chunkTokens))" : ""
    var lines = [
      "encoded \(Quantities.counted(document.tokens, "token")) in"
        + " \(Quantities.counted(document.chunks, "chunk"))\(size) (sink \(document.sinkTokens)) in"
        + " \(Quantities.seconds(encode.seconds)): \(Quantities.rate(encode.tokensPerSecond)) tokens/s",
      "  wait     \(Quantities.seconds(encode.waitSeconds)) before the first lease",
      "  compute  \(Quantities.seconds(encode.computeSecondsMax)) in the busiest lane,"
        + " \(Quantities.seconds(encode.computeSecondsMean)) on average\(precision)\(ratio)",
      "  wire     \(Quantities.seconds(encode.wireSeconds)) not hidden behind compute,"
        + " \(Quantities.bytes(encode.wireBytes)) in \(encode.wire)",
      "  merge    \(Quantities.seconds(encode.mergeSeconds))",
    ]
    if replayed == true {
      lines.insert("REPLAY: chunks were recorded before, nothing was computed for this document", at: 0)
    }
    var notes: [String] = []
    if let hidden = document.hiddenBytes {
      notes.append("\(Quantities.bytes(hidden)) not shipped: layers with a window will not see them")
    }
    if document.chunksShrunk { notes.append("chunks smaller than usual, so that every lane has one") }
    if encode.retries > 0 { notes.append("\(Quantities.counted(encode.retries, "attempt")) repeated") }
    if !notes.isEmpty { lines.append("  " + notes.joined(separator: ", ")) }
    guard !workers.isEmpty else { return lines }
    var table = Table([("worker", .left), ("chunks", .right), ("tokens/s", .right)])
    for worker in workers {
      table.add([worker.id, Quantities.count(worker.chunks), Quantities.rate(worker.tokensPerSecond)])
    }
    return lines + table.lines.map { "  " + $0 }
  }
}
