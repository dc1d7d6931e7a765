internal import Tables

/// The results of `braid bench query` for one length of context. Times are in seconds.
package struct QueryBenchmarkRow: Encodable, Sendable {
  /// Tokens of the context, the sink not counted.
  package var context: Int
  /// The policy's name.
  package var policy: String
  /// Chunks it was cut into.
  package var chunks: Int
  /// Tokens of a chunk.
  package var chunkTokens: Int
  /// Tokens of the sink that every chunk attends to.
  package var sinkTokens: Int
  /// Tokens of the question.
  package var questionTokens: Int
  /// Tokens of an answer that were timed: those after the first.
  package var tokens: Int
  /// The number of answers that were timed.
  package var repetitions: Int
  /// The number of threads.
  package var threads: Int
  /// The precision of the computation.
  package var compute: String
  /// Bytes of the keys and values of the context and the sink.
  package var keyValueBytes: Int
  /// Tokens of the context that were encoded, where the others repeat them; nil if all were.
  package var encodedTokens: Int?
  /// The number of questions by which the choice of chunks was compared with a full scan's; nil if none were.
  package var recallQuestions: Int?
  /// The share of the full scan's chunks that were chosen; nil if none were compared.
  package var scanRecall: Double?
  /// Tokens of the context that were attended, the mean over question and answer, layers and heads.
  package var selectedTokens: Double
  /// Tokens drafted from the context and verified, the mean of the answers; nil if none were to be.
  package var draftedTokens: Double?
  /// Drafted tokens that were right, the mean of the answers; nil if none were to be drafted.
  package var acceptedTokens: Double?
  /// The time from the question to the first token: the median of the answers.
  package var timeToFirstTokenSeconds: Double
  /// The median time of a token.
  package var secondsPerToken: Double
  /// The mean time of a token.
  package var secondsPerTokenMean: Double
  /// The time that 95 percent of the tokens do not exceed.
  package var secondsPerTokenP95: Double
  /// ``secondsPerToken`` over that of the shortest context of the same run.
  package var timesShortest: Double
  /// The results of several questions answered together; nil if none were to be.
  package var together: [ConcurrencyRow]?
  /// The results of llama.cpp at the same depth, measured in turn in the same run.
  package var llama: [LlamaResult]?
  /// The file name of the form of the model that is fastest in llama.cpp.
  package var llamaFastest: String?
  /// llama.cpp's seconds per token in its fastest form over ``secondsPerTokenMean``, since it reports means.
  package var speedupOverLlama: Double?

  /// The result of llama.cpp with one form of the model.
  package struct LlamaResult: Encodable, Sendable {
    /// The model file's name.
    package var model: String
    /// The number of threads.
    package var threads: Int
    /// Seconds per token: the mean of an answer, and the median of several answers.
    package var secondsPerToken: Double

    package init(model: String, threads: Int, secondsPerToken: Double) {
      self.model = model
      self.threads = threads
      self.secondsPerToken = secondsPerToken
    }

    private enum CodingKeys: String, CodingKey {
      case model, threads
      case secondsPerToken = "seconds_per_token"
    }
  }

  private enum CodingKeys: String, CodingKey {
    case context, policy, chunks, tokens, repetitions, threads, compute, together, llama
    case chunkTokens = "chunk_tokens"
    case sinkTokens = "sink_tokens"
    case questionTokens = "question_tokens"
    case keyValueBytes = "key_value_bytes"
    case encodedTokens = "encoded_tokens"
    case recallQuestions = "recall_questions"
    case scanRecall = "scan_recall"
    case selectedTokens = "selected_tokens"
    case draftedTokens = "drafted_tokens"
    case acceptedTokens = "accepted_tokens"
    case timeToFirstTokenSeconds = "time_to_first_token_seconds"
    case secondsPerToken = "seconds_per_token"
    case secondsPerTokenMean = "seconds_per_token_mean"
    case secondsPerTokenP95 = "seconds_per_token_p95"
    case timesShortest = "times_shortest"
    case llamaFastest = "llama_fastest"
    case speedupOverLlama = "speedup_over_llama"
  }

  /// Adds the results of llama.cpp.
  ///
  /// - Parameter results: A result for each form of the model; none to add nothing.
  package mutating func compare(with results: [LlamaResult]) {
    guard let fastest = results.min(by: { $0.secondsPerToken < $1.secondsPerToken }) else { return }
    llama = results
    llamaFastest = fastest.model
    speedupOverLlama = secondsPerTokenMean > 0 ? fastest.secondsPerToken / secondsPerTokenMean : 0
  }
}

extension [QueryBenchmarkRow] {
  /// The report in lines.
  package var lines: [String] {
    guard let first else { return [] }
    func milliseconds(_ seconds: Double) -> String { Quantities.decimal(seconds * 1000, places: 2) }
    var table = Table([
      ("context", .right), ("chunks", .right), ("KV cache", .right), ("selected", .right),
      ("first token ms", .right), ("token ms", .right), ("mean", .right), ("p95", .right),
      ("x shortest", .right),
    ])
    for row in self {
      table.add([
        Quantities.count(row.context), Quantities.count(row.chunks), Quantities.bytes(row.keyValueBytes),
        Quantities.count(Int(row.selectedTokens.rounded())),
        Quantities.decimal(row.timeToFirstTokenSeconds * 1000, places: 1), milliseconds(row.secondsPerToken),
        milliseconds(row.secondsPerTokenMean), milliseconds(row.secondsPerTokenP95),
        Quantities.decimal(row.timesShortest, places: 2),
      ])
    }
    let head =
      "\(first.policy): a question of \(first.questionTokens) tokens, \(first.tokens) tokens timed, "
      + "\(Quantities.counted(first.repetitions, "answer")), \(Quantities.counted(first.threads, "thread")), "
      + first.compute
    return [head] + table.lines + concurrency + flatMap { $0.scans + $0.comparison }
  }
}

extension QueryBenchmarkRow {
  fileprivate var scans: [String] {
    let place = "at \(Quantities.count(context))"
    var lines: [String] = []
    if let encodedTokens {
      lines.append("\(place): \(Quantities.count(encodedTokens)) tokens were encoded, and repeated")
    }
    if let recallQuestions, let scanRecall {
      let share = Quantities.decimal(scanRecall, places: 3)
      let questions = Quantities.counted(recallQuestions, "question")
      lines.append("\(place): \(share) of the chunks of a full scan were chosen, over \(questions)")
    }
    return lines
  }

  private var drafts: [String] {
    guard let draftedTokens, let acceptedTokens else { return [] }
    let (accepted, drafted) = (
      Quantities.decimal(acceptedTokens, places: 1), Quantities.decimal(draftedTokens, places: 1)
    )
    return ["drafts at \(Quantities.count(context)): \(accepted) of \(drafted) tokens an answer were right"]
  }

  fileprivate var comparison: [String] {
    guard let llama, let llamaFastest, let speedupOverLlama else { return drafts }
    let forms = llama.map {
      "\($0.model) \(Quantities.decimal($0.secondsPerToken * 1000, places: 2)) ms"
    }
    return drafts + [
      "llama.cpp at \(Quantities.count(context)): \(forms.joined(separator: ", ")); "
        + "\(Quantities.decimal(speedupOverLlama, places: 2)) times as fast as its best, \(llamaFastest)"
    ]
  }
}
