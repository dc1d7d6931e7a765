internal import Foundation
internal import ParallelContext

/// The decisions of a method for a whole question, by its definition.
extension DenseReference {
  /// The rule by which rows of an answer attend chunks.
  enum Attended {
    case all
    case perRow(Ranking, Int)
    case perLayer(Ranking, Int)
    case these([Int])
  }

  /// A decision, the layout in which it is carried out, and whether it was no close call.
  struct Decision {
    var attended: Attended
    var layout: DenseLayout
    var isClear = true
  }

  /// The decision for the question.
  func decide() -> Decision {
    let (chunks, offered) = (fixture.chunks.count, DenseLayout(fixture, policy))
    func decision(_ attended: Attended, _ isClear: Bool = true) -> Decision {
      Decision(attended: attended, layout: offered, isClear: isClear)
    }
    guard let count = policy.selection.count.map(number), count < chunks else { return decision(.all) }
    switch policy.selection {
    case .all: return decision(.all)
    case .perRow(let ranking, _): return decision(.perRow(ranking, count))
    case .perLayer(let ranking, _): return decision(.perLayer(ranking, count))
    case .perQuestion(let ranking, _):
      let (scores, areHeadsClear) = questionScores(ranking, offered.level)
      let (chosen, gap) = Self.largest(count, of: scores)
      return decision(.these(chosen), areHeadsClear && gap > margin)
    case .focus(let focus): return decide(focus, count, offered)
    }
  }

  /// The number of chunks that have the least tokens together, if chunks of average length are taken; all at most.
  private func number(_ count: ChunkCount) -> Int {
    let mean = Double(fixture.chunks.reduce(0) { $0 + $1.tokens }) / Double(fixture.chunks.count)
    var number = count.chunks
    while number < fixture.chunks.count, Double(number) * mean < Double(count.leastTokens) { number += 1 }
    return number
  }

  /// A chunk's score for the question: the sum of the five largest shares that rows of any layer give it.
  private func questionScores(_ ranking: Ranking, _ layout: DenseLayout) -> ([Double], isClear: Bool) {
    var (shares, isClear) = (layout.starts.map { _ in [Double]() }, true)
    forEachRow(layout) { layer, token, head, isHeadClear in
      isClear = isClear && isHeadClear
      for (chunk, score) in scores(layer, token, head, ranking, layout).enumerated() {
        shares[chunk].append(exp(score))
      }
    }
    return (shares.map { log(Self.topFive($0)) }, isClear && areHeadsClear(layout))
  }

  /// The rows of the question whose heads look at chunks.
  private func forEachRow(
    _ layout: DenseLayout,
    _ body: (_ layer: Int, _ token: Int, _ head: Int, _ isClear: Bool) -> Void
  ) {
    for layer in 0..<2 where !isLocal(layer) {
      for token in 0..<fixture.sizes.question {
        for head in 0..<6 {
          let (isLocal, isClear) = isLocalHead(layer, token, head, layout)
          if !isLocal { body(layer, token, head, isClear) }
        }
      }
    }
  }

  private func areHeadsClear(_ layout: DenseLayout) -> Bool {
    (0..<2).allSatisfy { layer in
      isLocal(layer)
        || (0..<fixture.sizes.question).allSatisfy { token in
          (0..<6).allSatisfy { isLocalHead(layer, token, $0, layout).isClear }
        }
    }
  }

  static func topFive(_ shares: some Sequence<Double>) -> Double {
    shares.sorted(by: >).prefix(5).reduce(0, +)
  }

  /// Looks into one chunk more than a question can point at, the last one of the document always among them.
  private func decide(_ focus: Focus, _ count: Int, _ offered: DenseLayout) -> Decision {
    let (chunks, level) = (fixture.chunks.count, offered.level)
    let most = max(4, count)
    var (inspected, isClear) = (Array(0..<chunks), areHeadsClear(level))
    if most + 1 < chunks {
      var (scores, areClear) = questionScores(focus.aim, level)
      scores[chunks - 1] = .infinity
      let (chosen, gap) = Self.largest(most + 1, of: scores)
      (inspected, isClear) = (chosen, isClear && areClear && gap > margin)
    }
    let pages = pageOdds(of: inspected, level)
    // Near 5 a score's rounding is large beside what is left of it.
    let margin = 10 * self.margin
    let best = pages.map { $0.max() ?? -.infinity }
    let ranked = best.indices.sorted { best[$0] > best[$1] }
    for number in 1..<min(most + 1, ranked.count) {
      let fall = best[ranked[number - 1]] - best[ranked[number]] - log(10)
      isClear = isClear && abs(fall) > margin
      guard fall > 0 else { continue }
      let places = ranked.prefix(number).sorted()
      var ranges: [Int: Range<Int>] = [:]
      for place in places {
        let (range, isRangeClear) = passage(focus.passageTokens, of: inspected[place], pages[place], margin)
        isClear = isClear && isRangeClear
        ranges[inspected[place]] = range
      }
      let pointed = places.map { inspected[$0] }
      let layout = offered.pointing(at: pointed, ranges, fixture)
      return Decision(attended: .these(pointed), layout: layout, isClear: isClear)
    }
    switch focus.otherwise {
    case .perRow(let ranking, _):
      return Decision(attended: .perRow(ranking, count), layout: offered, isClear: isClear)
    case .perQuestion:
      let (chosen, gap) = Self.largest(count, of: best.dropLast() + [.infinity])
      let held = chosen.map { inspected[$0] }
      return Decision(attended: .these(held), layout: offered, isClear: isClear && gap > margin)
    }
  }

  /// The logarithms of the odds of every page of 64 tokens: s / (5 - s), s being the sum of the five largest shares that
  /// the five sharpest keys of a page have of a row's attention to sink, tail and inspected chunks.
  private func pageOdds(of chunks: [Int], _ layout: DenseLayout) -> [[Double]] {
    var shares = chunks.map { chunk in
      [[Double]](repeating: [], count: (fixture.chunks[chunk].tokens + 63) / 64)
    }
    forEachRow(layout) { layer, token, head, _ in
      let logits = chunks.map { seen($0, layer, token, head, layout).keys.map(\.logit) }
      let total = Self.logSum(near(layer, token, head, layout).map(\.logit) + logits.joined())
      for (place, logits) in logits.enumerated() {
        for page in shares[place].indices {
          let own = logits[page * 64..<min(page * 64 + 64, logits.count)]
          shares[place][page].append(Self.topFive(own.map { exp($0 - total) }))
        }
      }
    }
    return shares.map { pages in
      pages.map { shares in
        let score = Self.topFive(shares)
        return log(score / max(5 - score, 1e-3))
      }
    }
  }

  /// The passage around a chunk's best page, if that and its neighbours stand out among its pages.
  private func passage(
    _ tokens: Int?,
    of chunk: Int,
    _ odds: [Double],
    _ margin: Double
  ) -> (range: Range<Int>?, isClear: Bool) {
    let length = fixture.chunks[chunk].tokens
    guard let tokens, length > tokens, let best = odds.indices.max(by: { odds[$0] < odds[$1] }) else {
      return (nil, true)
    }
    let others = odds.indices.filter { abs($0 - best) > 1 }.map { odds[$0] }
    let fall = odds[best] - log(10) - (others.max() ?? -.infinity)
    let isBest = odds.allSatisfy { $0 == odds[best] || odds[best] - $0 > margin }
    let isClear = abs(fall) > margin && isBest
    guard fall > 0 else { return (nil, isClear) }
    let middle = (best * 64 + min(best * 64 + 64, length)) / 2
    let first = min(max(0, middle - tokens / 2), length - tokens)
    return (first..<first + tokens, isClear)
  }
}
