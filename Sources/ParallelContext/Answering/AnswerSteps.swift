/// The growth of one answer, without model and session: it names the tokens to run next, and chooses a token from
/// the logits of each row.
///
/// The tokens of a run are the answer's last one and a draft. The rows' tokens are chosen in order, each as if
/// nothing were drafted; as long as a chosen token is the drafted one, the logits of the next row are those after
/// it. So a draft changes when tokens are found and not which.
package struct AnswerSteps {
  private var sampler: TokenSampler
  private var penalised: PenalisedTokens
  private let stopTokens: Set<Int32>
  private let maximumTokens: Int
  /// The text to draft from; nil to draft nothing.
  private var lookup: LookupDraft?
  private var length = DraftLength()
  /// The match of the current run, also where none of it was run.
  private var match: LookupDraft.Match?
  /// The rows of the current run whose tokens are chosen.
  private var chosen = 0
  private var last: Int32 = 0

  /// The tokens of the current run: the answer's last token, then its draft. Empty while the question is run.
  package private(set) var run: [Int32] = []
  /// Tokens of the answer, the stop token not counted.
  package private(set) var tokens = 0
  /// Tokens that were drafted and run.
  package private(set) var drafted = 0
  /// Drafted tokens that were right.
  package private(set) var accepted = 0
  /// True when a stop token has ended the answer.
  package private(set) var stopped = false
  /// True when the answer's last token was drafted, so that the logits of the run's next row are those after it.
  package private(set) var isConfirmed = false

  /// Begins an answer whose question is run.
  ///
  /// - Parameters:
  ///   - query: The question.
  ///   - vocabulary: The number of logits.
  ///   - text: The tokens to draft from beside question and answer; nil to draft nothing.
  package init(_ query: QueryEngine.Query, vocabulary: Int, draftingFrom text: [Int32]?) {
    sampler = TokenSampler(temperature: query.temperature, topP: query.topP, seed: query.seed)
    penalised = PenalisedTokens(query.penalties, vocabulary: vocabulary)
    stopTokens = query.stopTokens
    maximumTokens = query.maximumTokens
    lookup = text.map { text in
      var lookup = LookupDraft(text, extra: query.tokens.count + max(0, min(query.maximumTokens, 1 << 16)))
      for token in query.tokens { lookup.append(token) }
      return lookup
    }
    run.reserveCapacity(DraftLength.mostRows)
  }

  /// True when no further token is wanted.
  package var isComplete: Bool { stopped || tokens >= maximumTokens }

  /// The number of the run's last tokens that the answer does not hold.
  package var rejected: Int { max(0, run.count - chosen) }

  /// Chooses the answer's next token.
  ///
  /// - Parameter logits: The logits of the run's next row, in which penalties are taken off.
  /// - Returns: The token; nil for one that ends the answer.
  package mutating func choose(_ logits: inout [Float]) -> Int32? {
    penalised.apply(to: &logits)
    let token = sampler.choose(logits)
    guard !stopTokens.contains(token) else {
      (stopped, isConfirmed) = (true, false)
      chosen += 1
      return nil
    }
    compare(token)
    chosen += 1
    tokens += 1
    last = token
    penalised.append(token)
    lookup?.append(token)
    return token
  }

  /// Compares a chosen token with the drafted one.
  private mutating func compare(_ token: Int32) {
    isConfirmed = chosen + 1 < run.count && run[chosen + 1] == token
    if isConfirmed { accepted += 1 }
    guard let match, let lookup else { return }
    // Of what was looked up and not run, the first token is judged too: else an estimate that once fell below what
    // pays would stay there.
    let place = match.tokens.lowerBound + chosen
    guard chosen == 0 || chosen + 1 < run.count, place < match.tokens.upperBound else { return }
    length.observe(match: match.length, agrees: lookup.text[place] == token)
  }

  /// Takes note of the time of the current run, by which the next drafts are judged.
  ///
  /// - Parameter seconds: The time to the logits of its rows; 0 if it was not measured.
  package mutating func finishRun(seconds: Double) { length.observe(rows: run.count, seconds: seconds) }

  /// Plans the next run: the answer's last token, and a draft of those behind it.
  ///
  /// - Parameter most: The most rows that can run; at least 1.
  package mutating func planRun(most: Int) {
    run.removeAll(keepingCapacity: true)
    run.append(last)
    (chosen, isConfirmed) = (0, false)
    // A run of n rows gives up to n tokens.
    let most = min(most, maximumTokens - tokens, DraftLength.mostRows)
    match = lookup?.match(most: max(1, most - 1))
    guard let match, let lookup else { return }
    let rows = length.rows(match: match.length, most: min(most, match.tokens.count + 1))
    run.append(contentsOf: lookup.text[match.tokens.lowerBound..<match.tokens.lowerBound + rows - 1])
    drafted += rows - 1
  }
}
