package import APITypes
package import ParallelContext

/// How an answer's tokens are chosen: what a question asks for, and what it leaves open filled in.
package struct AnswerSampling: Hashable, Sendable {
  /// 0 for the likeliest token each time.
  package var temperature: Double
  /// The share of the probability that the tokens drawn from have together.
  package var topP: Double
  /// Where drawing starts; nil where nothing is drawn.
  package var seed: UInt64?
  /// What repeated tokens lose.
  package var penalties: LogitPenalties

  /// Fills in what a question leaves open: the likeliest token each time, a mild penalty on repetition, and for
  /// drawing a seed of its own, so that answers differ.
  ///
  /// - Parameters:
  ///   - request: The question.
  ///   - newSeed: Makes a seed; called only where one is needed.
  package init(_ request: ChatRequest, newSeed: () -> UInt64 = Self.newSeed) {
    temperature = request.temperature ?? 0
    topP = request.topP ?? 1
    seed = temperature > 0 ? request.seed ?? newSeed() : nil
    penalties = LogitPenalties(
      frequency: request.frequencyPenalty ?? 0,
      presence: request.presencePenalty ?? 0,
      repetition: request.repeatPenalty ?? LogitPenalties.mild.repetition
    )
  }

  /// A seed by chance, of 53 bits: what every reader of JSON can hold and send back.
  package static func newSeed() -> UInt64 {
    var system = SystemRandomNumberGenerator()
    return UInt64.random(in: 0..<1 << 53, using: &system)
  }
}
