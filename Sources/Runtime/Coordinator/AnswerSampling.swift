package import APITypes
package import ParallelContext

/// The choice of an answer's tokens: the settings of a question, with defaults for those it leaves open.
package struct AnswerSampling: Hashable, Sendable {
  /// The temperature of drawing; 0 takes the likeliest token each time.
  package var temperature: Double
  /// The least probability that the likeliest tokens, from which one is drawn, have together.
  package var topP: Double
  /// The seed of the drawing; nil where nothing is drawn.
  package var seed: UInt64?
  /// The penalties of repeated tokens.
  package var penalties: LogitPenalties

  /// Completes the settings of a question: the likeliest token each time, a mild penalty on repetition, and
  /// for drawing a seed of its own, so that answers differ.
  ///
  /// - Parameters:
  ///   - request: The question.
  ///   - newSeed: Makes a seed; called only if one is needed.
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

  /// Makes a random seed of 53 bits, which every reader of JSON can hold and send back.
  package static func newSeed() -> UInt64 {
    var system = SystemRandomNumberGenerator()
    return UInt64.random(in: 0..<1 << 53, using: &system)
  }
}
