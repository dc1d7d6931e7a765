internal import Foundation
internal import ParallelContext

extension DenseReference {
  /// The chunks that a row attends besides sink and tail.
  struct Choice {
    var chunks: [Int]
    var isLocal = false
    var isDecided = true
  }

  /// The choices of a block, `[token][head]`.
  func choose(_ layer: Int, _ block: Range<Int>, _ decision: Decision) -> [[Choice]] {
    let layout = decision.layout
    let locals = block.map { token in (0..<6).map { isLocalHead(layer, token, $0, layout) } }
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
    func scores(_ ranking: Ranking) -> [[[Double]]] {
      block.map { token in (0..<6).map { self.scores(layer, token, $0, ranking, layout) } }
    }
    // A stored covariance is rounded, and not always to the same side.
    func margin(_ ranking: Ranking) -> Double { ranking == .moments ? max(2e-3, self.margin) : self.margin }
    switch decision.attended {
    case .all: return choices { _, _ in (Array(layout.starts.indices), true) }
    case .these(let chunks): return choices { _, _ in (chunks, true) }
    case .perRow(let ranking, let count):
      let scores = scores(ranking)
      return choices { row, head in
        let (chosen, gap) = Self.largest(count, of: scores[row][head])
        return (chosen, gap > margin(ranking))
      }
    case .perLayer(let ranking, let count):
      let scores = scores(ranking)
      var shares = layout.starts.map { _ in [Double]() }
      for row in locals.indices {
        for head in 0..<6 where !locals[row][head].isLocal {
          for chunk in shares.indices { shares[chunk].append(exp(scores[row][head][chunk])) }
        }
      }
      let isClear = locals.joined().allSatisfy(\.isClear)
      let (chosen, gap) = Self.largest(count, of: shares.map { log(Self.topFive($0)) })
      return choices { _, _ in (chosen, isClear && gap > margin(ranking)) }
    }
  }

  /// True when a row's head is local, beside true when that is no close call.
  func isLocalHead(
    _ layer: Int,
    _ token: Int,
    _ head: Int,
    _ layout: DenseLayout
  ) -> (isLocal: Bool, isClear: Bool) {
    guard case .adaptive(let threshold) = policy.heads else { return (false, true) }
    let masses = layout.starts.indices.map { estimate($0, layer, token, head, .moments, layout) }
    let local = Self.logSum(near(layer, token, head, layout).map(\.logit))
    let share = exp(local - Self.logSum(masses + [local]))
    return (share >= threshold, abs(share - threshold) > max(2e-3, margin) * share || threshold == 0)
  }

  /// The logarithm of each chunk's score for a row.
  func scores(
    _ layer: Int,
    _ token: Int,
    _ head: Int,
    _ ranking: Ranking,
    _ layout: DenseLayout
  ) -> [Double] {
    let near = near(layer, token, head, layout)
    guard [.topFive, .logMass, .sketch].contains(ranking) else {
      let estimates = layout.starts.indices.map { estimate($0, layer, token, head, ranking, layout) }
      let total = Self.logSum(estimates + near.map(\.logit))
      return estimates.map { $0 - total }
    }
    let keys =
      near
      + layout.starts.indices.flatMap {
        seen($0, layer, token, head, layout, inSketch: ranking == .sketch).keys
      }
    let shares = softmax(keys)
    return layout.starts.indices.map { chunk in
      let own = keys.indices.filter { keys[$0].place == .chunk(chunk) }.map { shares[$0] }
      return log(own.sorted(by: >).prefix(ranking == .logMass ? own.count : 5).reduce(0, +))
    }
  }

  /// A chunk that stands at `start`, with the logits of its sketch. Sketches are of keys as they are stored, so the
  /// query moves.
  func sketchedKeys(
    of chunk: Int,
    at start: Int,
    _ layer: Int,
    _ token: Int,
    _ head: Int,
    _ layout: DenseLayout
  ) -> [Key] {
    let position = layout.tail + token - (start - fixture.bases[chunk])
    let q = query(layer, token, head, at: position).map { $0 / policy.temperature }
    let logits = fixture.summary(chunk, layer: layer, head: head / 3).sketchLogits(q)
    return zip(keys(of: chunk, at: start, layer, token, head, layout), logits).map { key, logit in
      var key = key
      key.logit = logit
      return key
    }
  }

  /// A row's estimate from a chunk's summary, at the better of its places. Summaries are of keys as they are
  /// stored, so the query moves.
  private func estimate(
    _ chunk: Int,
    _ layer: Int,
    _ token: Int,
    _ head: Int,
    _ ranking: Ranking,
    _ layout: DenseLayout
  ) -> Double {
    let summary = fixture.summary(chunk, layer: layer, head: head / 3)
    let places = [layout.starts[chunk]] + (layout.second.map { [$0] } ?? [])
    let estimates = places.map { place in
      let position = layout.tail + token - (place - fixture.bases[chunk])
      let q = query(layer, token, head, at: position).map { $0 / policy.temperature }
      switch ranking {
      case .moments: return summary.moments(q)
      case .mean: return summary.meanLogit(q)
      case .quest(let slack): return summary.bound(q, slack: slack)
      case .topFive, .logMass, .sketch: return -Double.infinity
      }
    }
    return estimates.max() ?? -.infinity
  }
}
