#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The merging of partials: how much mass each segment has for a row, which are attended, and the softmax
/// over their union.
///
/// Segments `chunks` can be selected among; all others are always attended. Dropping a segment and taking the
/// log-sum-exp over what is left is masking and renormalising, exactly.
package struct SegmentMerge {
  package let store: PartialStore
  /// The segments that are chunks of the document.
  package let chunks: Range<Int>
  /// What the logits of chunks were divided by (APE, arXiv 2502.05431); 1 for none.
  package let temperature: Float
  /// The factor of the chunks' joint log-mass (APE); 1 for none.
  package let scale: Float
  /// The part of its own entropy that a far chunk loses of its log-mass; 0 for none.
  package let damping: Float
  private let isFar: [Bool]

  /// Describes how partials are merged.
  ///
  /// - Parameters:
  ///   - store: The partials.
  ///   - chunks: The segments that are chunks of the document.
  ///   - temperature: What the logits of chunks were divided by.
  ///   - scale: The factor of the chunks' joint log-mass.
  ///   - damping: The part of its own entropy that a far chunk loses of its log-mass.
  ///   - isFar: For each chunk, whether it is a far one.
  package init(
    store: PartialStore,
    chunks: Range<Int>,
    temperature: Float = 1,
    scale: Float = 1,
    damping: Float = 0,
    isFar: [Bool] = []
  ) {
    self.store = store
    self.chunks = chunks
    self.temperature = temperature
    self.scale = scale
    self.damping = damping
    self.isFar = isFar.count == chunks.count ? isFar : chunks.map { _ in false }
  }

  /// The log-mass of each attended segment for a row, minus infinity for the others.
  ///
  /// It is the segment's log-sum-exp. Damping takes `damping` times the entropy of the attention inside a far
  /// chunk from it: attention spread thinly over a far chunk is the harm that encoding in parallel does, a
  /// sharp match is its use. Under APE the chunks keep their shares among each other, and their
  /// joint log-mass l becomes scale T l.
  ///
  /// - Parameters:
  ///   - head: The key and value head.
  ///   - row: The row.
  ///   - attended: Which segments are attended, nil for all.
  /// - Returns: A log-mass per segment.
  package func masses(head: Int, row: Int, attended: [Bool]? = nil) -> [Float] {
    var result = [Float](repeating: -.infinity, count: store.segments)
    for segment in 0..<store.segments where attended?[segment] ?? true {
      result[segment] = store.logMass(segment: segment, head: head, row: row)
    }
    if damping != 0 {
      for (index, chunk) in chunks.enumerated() where isFar[index] && result[chunk] > -.infinity {
        let entropy = result[chunk] - store.meanLogit(segment: chunk, head: head, row: row)
        result[chunk] -= damping * entropy
      }
    }
    if temperature != 1 || scale != 1 {
      let joint = Self.logSumExp(result[chunks])
      if joint > -.infinity {
        for chunk in chunks { result[chunk] += (scale * temperature - 1) * joint }
      }
    }
    return result
  }

  /// ln(sum(exp(x))), shifted by the largest; minus infinity for none.
  package static func logSumExp(_ values: some Collection<Float>) -> Float {
    guard let best = values.max(), best > -.infinity else { return -.infinity }
    return best + logf(values.reduce(0) { $0 + expf($1 - best) })
  }

  /// G[i] of arXiv 2412.16545 for one row: the sum of its largest attention weights in each chunk.
  package func chunkScores(head: Int, row: Int) -> [Float] {
    let masses = masses(head: head, row: row)
    let total = Self.logSumExp(masses)
    return chunks.map { chunk in
      guard masses[chunk] > -.infinity else { return 0 }
      let share = expf(masses[chunk] - total)
      return share * store.topShare(segment: chunk, head: head, row: row)
    }
  }

  /// Which segments are attended when the `count` chunks of the largest score are selected; the earlier of
  /// equals wins.
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
  /// With w the softmax of the segments' masses, the output is the sum of w times each segment's value, and
  /// the entropy the sum of w (h - ln w), h being the entropy inside the segment, its log-sum-exp less its
  /// mean logit.
  package func merge(
    head: Int,
    row: Int,
    attended: [Bool]?,
    into out: UnsafeMutablePointer<Float>
  ) -> Float {
    out.update(repeating: 0, count: store.headDimension)
    let masses = masses(head: head, row: row, attended: attended)
    let total = Self.logSumExp(masses)
    guard total > -.infinity else { return 0 }
    var entropy: Float = 0
    for segment in 0..<store.segments {
      let weight = expf(masses[segment] - total)
      guard weight > 0 else { continue }
      store.addValue(segment: segment, head: head, row: row, weight: weight, to: out)
      let inside =
        store.logMass(segment: segment, head: head, row: row)
        - store.meanLogit(segment: segment, head: head, row: row)
      entropy += weight * (inside - (masses[segment] - total))
    }
    return entropy
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
