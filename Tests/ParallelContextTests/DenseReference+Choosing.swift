internal import Foundation
internal import ParallelContext

extension DenseReference {
  /// What a row attends besides sink and tail.
  struct Choice {
    var chunks: [Int]
    var isLocal = false
    var isDecided = true
  }

  /// The choices of a block, `[token][head]`.
  func choose(_ layer: Int, _ block: Range<Int>) -> [[Choice]] {
    let all = Array(starts.indices)
    let locals = block.map { token in (0..<6).map { isLocalHead(layer, token, $0) } }
    headsAreClear = headsAreClear && locals.joined().allSatisfy(\.isClear)
    func choices(_ chosen: (Int, Int) -> (chunks: [Int], isDecided: Bool)) -> [[Choice]] {
      locals.indices.map { row in
        (0..<6).map { head in
          let (isLocal, isClear) = locals[row][head]
          let (chunks, isDecided) = chosen(row, head)
          return Choice(
            chunks: isLocal ? [] : chunks,
            isLocal: isLocal,
            isDecided: isClear && (isLocal || isDecided)
          )
        }
      }
    }
    if let fixed { return choices { _, _ in (fixed, true) } }
    guard let rule = policy.selection.rule, rule.count < all.count else {
      return choices { _, _ in (all, true) }
    }
    // A stored covariance is rounded, and not always to the same side.
    let measure = ranking ?? rule.measure
    let margin = measure == .moments ? max(2e-3, self.margin) : self.margin
    let scores = block.map { token in (0..<6).map { self.scores(layer, token, $0, measure) } }
    if rule.reduction == .none || (rule.reduction == .focus && gathered == nil) {
      return choices { row, head in
        let (chosen, gap) = Self.largest(rule.count, of: scores[row][head])
        return (chosen, gap > margin)
      }
    }
    var (shares, isClear) = (all.map { _ in [Double]() }, true)
    for row in locals.indices {
      for head in 0..<6 {
        isClear = isClear && locals[row][head].isClear
        if locals[row][head].isLocal { continue }
        for chunk in all { shares[chunk].append(exp(scores[row][head][chunk])) }
      }
    }
    for chunk in all { gathered?[chunk] += shares[chunk] }
    let sums = shares.map { log($0.sorted(by: >).prefix(5).reduce(0, +)) }
    let (chosen, gap) = Self.largest(rule.count, of: sums)
    if isBlind { return choices { _, _ in ([], true) } }
    return choices { _, _ in (chosen, isClear && gap > margin) }
  }

  /// Whether a row's head is local, and whether that is no close call.
  private func isLocalHead(_ layer: Int, _ token: Int, _ head: Int) -> (isLocal: Bool, isClear: Bool) {
    let (threshold, rounding): (Double, Double)
    let masses: [Double]
    switch policy.heads {
    case .all: return (false, true)
    case .adaptive(let limit):
      (threshold, rounding) = (limit, max(2e-3, margin))
      masses = starts.indices.map { estimate($0, layer, token, head, .moments) }
    case .oracle(let limit):
      (threshold, rounding) = (limit, margin)
      masses = starts.indices.map { chunk in
        let start = seesSecondAlone ? second(of: chunk) ?? starts[chunk] : starts[chunk]
        return Self.logSum(keys(of: chunk, at: start, layer, token, head).map(\.logit))
      }
    }
    let local = Self.logSum(near(layer, token, head).map(\.logit))
    let share = exp(local - Self.logSum(masses + [local]))
    return (share >= threshold, abs(share - threshold) > rounding * share || threshold == 0)
  }

  /// The logarithm of each chunk's score for a row.
  func scores(_ layer: Int, _ token: Int, _ head: Int, _ measure: Selection.Measure) -> [Double] {
    let near = near(layer, token, head)
    guard [.exact, .lse, .sketch].contains(measure) else {
      let estimates = starts.indices.map { estimate($0, layer, token, head, measure) }
      let total = Self.logSum(estimates + near.map(\.logit))
      return estimates.map { $0 - total }
    }
    let keys =
      near + starts.indices.flatMap { seen($0, layer, token, head, inSketch: measure == .sketch).keys }
    let shares = softmax(keys)
    return starts.indices.map { chunk in
      let own = keys.indices.filter { keys[$0].place == .chunk(chunk) }.map { shares[$0] }
      return log(own.sorted(by: >).prefix(measure == .lse ? own.count : 5).reduce(0, +))
    }
  }

  /// A chunk that stands at `start`, with the logits of its sketch. Sketches are of keys as they are stored, so the
  /// query moves.
  func sketchedKeys(of chunk: Int, at start: Int, _ layer: Int, _ token: Int, _ head: Int) -> [Key] {
    let position = tailStart + token - (start - fixture.bases[chunk])
    let q = query(layer, token, head, at: position).map { $0 / policy.temperature }
    let logits = fixture.summary(chunk, layer: layer, head: head / 3).sketchLogits(q)
    return zip(keys(of: chunk, at: start, layer, token, head), logits).map { key, logit in
      var key = key
      key.logit = logit
      return key
    }
  }

  /// What a chunk's summary makes of a row. Summaries are of keys as they are stored, so the query moves.
  private func estimate(
    _ chunk: Int,
    _ layer: Int,
    _ token: Int,
    _ head: Int,
    _ measure: Selection.Measure
  ) -> Double {
    let summary = fixture.summary(chunk, layer: layer, head: head / 3)
    let second = second == nil ? nil : second(of: chunk)
    let places = (seesSecondAlone ? [] : [starts[chunk]]) + (second.map { [$0] } ?? [])
    let estimates = places.map { place in
      let position = tailStart + token - (place - fixture.bases[chunk])
      let q = query(layer, token, head, at: position).map { $0 / policy.temperature }
      switch measure {
      case .moments: return summary.moments(q)
      case .mean: return summary.meanLogit(q)
      case .bounds: return summary.bound(q, slack: policy.slack)
      case .exact, .lse, .sketch: return -Double.infinity
      }
    }
    return estimates.max() ?? -.infinity
  }
}
