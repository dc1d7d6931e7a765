internal import Foundation

/// The loss of known next tokens: their negative log-likelihood.
package enum NextTokenLoss {
  /// Returns the loss of one token.
  ///
  ///     loss = ln(sum(exp(logits))) - logits[target]
  ///
  /// - Parameters:
  ///   - logits: The logits over the vocabulary.
  ///   - target: The token that came next.
  /// - Returns: The loss, in nats.
  package static func loss(_ logits: some Collection<Float>, target: Int) -> Double {
    var highest = -Float.infinity
    for value in logits { highest = max(highest, value) }
    var sum = 0.0
    for value in logits { sum += Double(exp(value - highest)) }
    let chosen = logits[logits.index(logits.startIndex, offsetBy: target)]
    return log(sum) + Double(highest - chosen)
  }

  /// Returns the mean loss of a text's tokens, each predicted from those before it.
  ///
  /// - Parameters:
  ///   - tokens: The text; its first token is not predicted.
  ///   - vocabulary: The number of logits of one token.
  ///   - rowsAtOnce: The most tokens whose logits are read together.
  ///   - read: Writes the logits after some of the tokens, `[token][vocabulary]`.
  /// - Returns: The mean loss, in nats; 0 for a text without a token to predict.
  /// - Throws: Errors of `read`.
  package static func mean(
    _ tokens: [Int32],
    vocabulary: Int,
    rowsAtOnce: Int,
    read: (Range<Int>, UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws -> Double {
    let predicted = tokens.count - 1
    guard predicted > 0 else { return 0 }
    var logits = [Float](repeating: 0, count: min(rowsAtOnce, predicted) * vocabulary)
    var total = 0.0
    for first in stride(from: 0, to: predicted, by: rowsAtOnce) {
      let rows = first..<min(first + rowsAtOnce, predicted)
      try logits.withUnsafeMutableBufferPointer { try read(rows, $0) }
      for row in rows {
        let start = (row - first) * vocabulary
        total += loss(logits[start..<start + vocabulary], target: Int(tokens[row + 1]))
      }
    }
    return total / Double(predicted)
  }
}
