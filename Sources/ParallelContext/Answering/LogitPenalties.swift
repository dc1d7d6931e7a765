/// Penalties that make tokens which an answer already holds less likely to come again.
package struct LogitPenalties: Sendable, Hashable {
  /// The loss of a token's logit for each time that the answer holds it; negative values favour such tokens.
  package var frequency: Double
  /// The loss, taken once, of a token's logit when the answer holds it.
  package var presence: Double
  /// The factor for tokens among the answer's last ``window`` (CTRL, arXiv 1909.05858): their logits are
  /// divided by it where positive and multiplied by it where negative; 1 for no change.
  package var repetition: Double

  package init(frequency: Double = 0, presence: Double = 0, repetition: Double = 1) {
    self.frequency = frequency
    self.presence = presence
    self.repetition = repetition
  }

  /// No change to any logit.
  package static let none = LogitPenalties()
  /// The default penalties of a chat: enough to end a loop, too little to change the answer before it.
  package static let mild = LogitPenalties(repetition: 1.1)
  /// The number of an answer's last tokens to which ``repetition`` applies. Question and document do not
  /// count, for an answer is to use their words.
  package static let window = 64
}

/// The tokens of an answer so far, counted for penalties. Its memory is reserved beforehand.
package struct PenalisedTokens {
  private let penalties: LogitPenalties
  /// The count of each token in the answer; empty when nothing is penalised.
  private var counts: [Int32] = []
  /// The count of each token among the last ones.
  private var recentCounts: [UInt8] = []
  /// Each token of the answer once.
  private var distinct: [Int32] = []
  /// The last tokens; a ring once it is full.
  private var recent: [Int32] = []
  private var oldest = 0

  /// Begins with an empty answer.
  ///
  /// - Parameters:
  ///   - penalties: The losses of repeated tokens.
  ///   - vocabulary: The number of logits.
  package init(_ penalties: LogitPenalties, vocabulary: Int) {
    self.penalties = penalties
    guard penalties != .none else { return }
    counts = Array(repeating: 0, count: vocabulary)
    recentCounts = Array(repeating: 0, count: vocabulary)
    distinct.reserveCapacity(vocabulary)
    recent.reserveCapacity(LogitPenalties.window)
  }

  /// Counts the answer's next token.
  ///
  /// - Parameter token: The token; one outside the vocabulary changes nothing.
  package mutating func append(_ token: Int32) {
    guard counts.indices.contains(Int(token)) else { return }
    if counts[Int(token)] == 0 { distinct.append(token) }
    counts[Int(token)] += 1
    if recent.count < LogitPenalties.window {
      recent.append(token)
    } else {
      recentCounts[Int(recent[oldest])] -= 1
      recent[oldest] = token
      oldest = (oldest + 1) % LogitPenalties.window
    }
    recentCounts[Int(token)] += 1
  }

  /// Lowers the logits of the tokens that the answer holds.
  ///
  /// - Parameter logits: One for each token of the vocabulary.
  package func apply(to logits: inout [Float]) {
    let (factor, frequency, presence) = (penalties.repetition, penalties.frequency, penalties.presence)
    for token in distinct where logits.indices.contains(Int(token)) {
      var logit = Double(logits[Int(token)])
      if recentCounts[Int(token)] > 0 { logit = logit > 0 ? logit / factor : logit * factor }
      logits[Int(token)] = Float(logit - frequency * Double(counts[Int(token)]) - presence)
    }
  }
}
