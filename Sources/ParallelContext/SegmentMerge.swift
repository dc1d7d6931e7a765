#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The merging of partials: which segments a row attends to, and the softmax over their union.
///
/// Segments `chunks` can be selected among; all others are always attended. Dropping a segment and taking the log-sum-exp over what is left is
/// masking and renormalising, exactly.
package struct SegmentMerge {
  package let store: PartialStore
  /// The segments that are chunks of the document.
  package let chunks: Range<Int>

  package init(store: PartialStore, chunks: Range<Int>) {
    self.store = store
    self.chunks = chunks
  }

  /// The log-sum-exp of a row over the segments in `attended`, all of them when it is nil.
  package func total(head: Int, row: Int, attended: [Bool]? = nil) -> Float {
    var best = -Float.infinity
    for segment in 0..<store.segments where attended?[segment] ?? true {
      best = max(best, store.logMass(segment: segment, head: head, row: row))
    }
    guard best > -.infinity else { return best }
    var sum: Float = 0
    for segment in 0..<store.segments where attended?[segment] ?? true {
      sum += expf(store.logMass(segment: segment, head: head, row: row) - best)
    }
    return best + logf(sum)
  }

  /// G[i] of arXiv 2412.16545 for one row: the sum of its largest attention weights in each chunk.
  package func chunkScores(head: Int, row: Int) -> [Float] {
    let total = total(head: head, row: row)
    return chunks.map { store.topMass(segment: $0, head: head, row: row, total: total) }
  }

  /// Which segments are attended when the `count` chunks of the largest score are selected; the earlier of equals wins.
  package func attended(count: Int, scores: [Float]) -> [Bool] {
    var result = [Bool](repeating: true, count: store.segments)
    guard count < chunks.count else { return result }
    for chunk in chunks { result[chunk] = false }
    for chosen in Self.largest(count, of: scores) { result[chunks.lowerBound + chosen] = true }
    return result
  }

  /// The indices of the `count` largest values; the earlier of equals wins.
  package static func largest(_ count: Int, of values: [Float]) -> [Int] {
    var best: [Int] = []
    for (index, value) in values.enumerated() {
      if best.count == count, let last = best.last, values[last] >= value { continue }
      let place = best.firstIndex { values[$0] < value } ?? best.count
      best.insert(index, at: place)
      if best.count > count { best.removeLast() }
    }
    return best
  }

  /// Writes a row's attention over the attended segments, and returns its entropy in nats.
  ///
  /// With Z the log-sum-exp over them, the output is the sum of exp(lse - Z) times each segment's value, and the entropy is Z less the mean logit.
  package func merge(
    head: Int, row: Int, attended: [Bool]?, into out: UnsafeMutablePointer<Float>
  ) -> Float {
    out.update(repeating: 0, count: store.headDimension)
    let total = total(head: head, row: row, attended: attended)
    guard total > -.infinity else { return 0 }
    var mean: Float = 0
    for segment in 0..<store.segments where attended?[segment] ?? true {
      let weight = expf(store.logMass(segment: segment, head: head, row: row) - total)
      guard weight > 0 else { continue }
      store.addValue(segment: segment, head: head, row: row, weight: weight, to: out)
      mean += weight * store.meanLogit(segment: segment, head: head, row: row)
    }
    return total - mean
  }
}

/// A chunk's score over many rows: the sum of the five largest of their scores (arXiv 2412.16545).
package struct ScoreReduction: Sendable {
  private var largest: [[Float]]

  package init(chunks: Int) { largest = Array(repeating: [], count: chunks) }

  /// Takes in one row's scores.
  package mutating func add(_ scores: [Float]) {
    for (chunk, score) in scores.enumerated() { add(score, to: chunk) }
  }

  /// Takes in all rows of another.
  package mutating func add(_ other: ScoreReduction) {
    for (chunk, scores) in other.largest.enumerated() {
      for score in scores { add(score, to: chunk) }
    }
  }

  private mutating func add(_ score: Float, to chunk: Int) {
    if largest[chunk].count < PartialStore.topCount {
      largest[chunk].append(score)
    } else if let least = largest[chunk].indices.min(by: { largest[chunk][$0] < largest[chunk][$1] }),
      score > largest[chunk][least]
    {
      largest[chunk][least] = score
    }
  }

  /// Each chunk's score.
  package var scores: [Float] { largest.map { $0.reduce(0, +) } }
}
