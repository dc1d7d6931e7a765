package import ParallelContext
internal import SeededRandom

/// The examples that fill a context, and those that are asked for.
package struct ManyShotPrompt: Sendable {
  /// The tokens of the examples shown, whole examples only.
  package var tokens: [Int32] = []
  /// The boundaries of ``tokens``: 2 after each example's last token, else 0; see `ContextPlan.Boundary`.
  package var boundaries: [UInt8] = []
  /// The number of examples shown.
  package var shots = 0
  /// The examples asked for; none of them is shown.
  package var asked: [LabelledExample]
  /// The most frequent label of the examples that are not asked for.
  package var majority: String

  /// Draws the examples.
  ///
  /// - Parameters:
  ///   - examples: The list.
  ///   - context: The most tokens of the examples shown; as many are taken as fit.
  ///   - trials: The number of examples asked for.
  ///   - seed: The seed of the random choice.
  ///   - encode: Returns the tokens of a text.
  /// - Throws: `ContextError` for a list that is too short or a context that is too short for any example.
  package init(
    _ examples: [LabelledExample],
    context: Int,
    trials: Int,
    seed: UInt64,
    encode: (String) -> [Int32]
  ) throws(ContextError) {
    var random = SeededGenerator(seed: seed)
    let shuffled = examples.shuffled(using: &random)
    let pool = shuffled.dropFirst(trials)
    guard let majority = LabelledExample.majority(of: Array(pool)) else {
      throw ContextError(
        .badInput,
        "the list has \(examples.count) examples: \(trials) trials need more than that; add examples or lower --trials"
      )
    }
    self.majority = majority
    asked = Array(shuffled.prefix(trials))
    var isFull = false
    for example in pool {
      let next = encode(example.prompt)
      isFull = tokens.count + next.count > context
      if isFull { break }
      tokens += next
      boundaries += [UInt8](repeating: ContextPlan.Boundary.token.rawValue, count: next.count)
      boundaries[boundaries.count - 1] = ContextPlan.Boundary.paragraph.rawValue
      shots += 1
    }
    guard shots > 0 else {
      throw ContextError(
        .doesNotFit,
        "a context of \(context) tokens has no room for an example: choose a longer one"
      )
    }
    guard isFull || tokens.count == context else {
      throw ContextError(
        .badInput,
        "the \(pool.count) examples that are not asked for have \(tokens.count) tokens, too few for a context of "
          + "\(context): add examples or choose --context \(tokens.count) or less"
      )
    }
  }
}
