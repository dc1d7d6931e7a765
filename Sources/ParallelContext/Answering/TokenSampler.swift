internal import CKernels
internal import SeededRandom

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Chooses the next token from logits. Its memory is kept from one token to the next.
package struct TokenSampler {
  private let temperature: Double
  private let topP: Double
  private var random: SeededGenerator
  /// e to the power of (logit - highest) / temperature, by token.
  private var weights: [Double] = []
  /// Tokens that may be in the nucleus; see ``drawFromNucleus(total:)``.
  private var heap: [Int32] = []

  /// Makes a sampler.
  ///
  /// - Parameters:
  ///   - temperature: 0 takes the likeliest token each time; above, logits are divided by it.
  ///   - topP: The least probability, 0 to 1, that the likeliest tokens, from which one is drawn, have
  ///     together; 1 for all.
  ///   - seed: The seed of the drawing.
  package init(temperature: Double, topP: Double = 1, seed: UInt64) {
    self.temperature = temperature
    self.topP = topP
    random = SeededGenerator(seed: seed)
  }

  /// Chooses the likeliest token at temperature 0, of equals the first. Above, it draws one from the softmax
  /// of logits / temperature, or from its nucleus (arXiv 1904.09751): the fewest tokens whose probabilities
  /// reach `topP`.
  ///
  /// - Parameter logits: One for each token of the vocabulary.
  /// - Returns: The token.
  package mutating func choose(_ logits: [Float]) -> Int32 {
    guard temperature > 0 else { return likeliest(logits) }
    let highest = Double(logits.max() ?? 0)
    if weights.count != logits.count {
      weights = Array(repeating: 0, count: logits.count)
      heap.reserveCapacity(logits.count)
    }
    var total = 0.0
    for token in logits.indices {
      let weight = exp((Double(logits[token]) - highest) / temperature)
      weights[token] = weight
      total += weight
    }
    if topP < 1 { return drawFromNucleus(total: total) ?? likeliest(logits) }
    var left = random.unit() * total
    for token in weights.indices {
      left -= weights[token]
      if left < 0 { return Int32(clamping: token) }
    }
    // Rounding may leave a rest, which goes to the last token.
    return Int32(clamping: max(0, logits.count - 1))
  }

  private func likeliest(_ logits: [Float]) -> Int32 {
    Int32(clamping: braid_argmax_f32(logits, logits.count))
  }

  /// Takes tokens off a heap, the likeliest first, until they have the probability `topP`, and draws one of
  /// them. A heap sorts only the tokens that are taken.
  private mutating func drawFromNucleus(total: Double) -> Int32? {
    // All tokens below this have less than 1 - topP together, so that the nucleus is complete without them.
    let least = (1 - topP) * total / Double(weights.count)
    heap.removeAll(keepingCapacity: true)
    for token in weights.indices where weights[token] >= least { heap.append(Int32(clamping: token)) }
    for root in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(root, count: heap.count) }
    var rest = heap.count
    var sum = 0.0
    while rest > 0, rest == heap.count || sum < topP * total {
      rest -= 1
      sum += weights[Int(heap[0])]
      heap.swapAt(0, rest)
      siftDown(0, count: rest)
    }
    // The tokens taken stand behind the heap's rest, the likeliest last.
    var left = random.unit() * sum
    for index in stride(from: heap.count - 1, through: rest, by: -1) {
      left -= weights[Int(heap[index])]
      if left < 0 { return heap[index] }
    }
    return rest < heap.count ? heap[rest] : nil
  }

  private mutating func siftDown(_ root: Int, count: Int) {
    var parent = root
    while 2 * parent + 1 < count {
      var child = 2 * parent + 1
      if child + 1 < count, isAhead(heap[child + 1], heap[child]) { child += 1 }
      guard isAhead(heap[child], heap[parent]) else { return }
      heap.swapAt(child, parent)
      parent = child
    }
  }

  /// True if the first token comes before the second: the likelier one, of equals the one of the smaller
  /// number.
  private func isAhead(_ a: Int32, _ b: Int32) -> Bool {
    let (left, right) = (weights[Int(a)], weights[Int(b)])
    return left > right || (left == right && a < b)
  }
}
