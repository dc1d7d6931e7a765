#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The merging of partials: the mass of each segment for a row, and the softmax over the union of segments.
///
/// Taking the log-sum-exp over some of the segments is the same as masking the others and renormalising,
/// exactly.
package struct SegmentMerge: Sendable {
  /// The divisor of the logits of chunks (APE, arXiv 2502.05431); 1 for none.
  package var temperature: Float = 1
  /// The factor of the chunks' joint log-mass (APE); 1 for none.
  package var scale: Float = 1
  /// The part of its own entropy that a far chunk loses of its log-mass; 0 for none.
  package var damping: Float = 0

  package init(temperature: Float = 1, scale: Float = 1, damping: Float = 0) {
    self.temperature = temperature
    self.scale = scale
    self.damping = damping
  }

  /// The log-mass of each part for a row.
  ///
  /// 1. It is the segment's log-sum-exp.
  /// 2. Damping subtracts `damping` times the entropy of the attention inside the segment, if it is far.
  ///    Attention spread thinly over a far chunk is the harm of encoding in parallel; a sharp match is its
  ///    use.
  /// 3. Of a chunk at two places the smaller log-mass becomes minus infinity.
  /// 4. Under APE (arXiv 2502.05431), parts that hold tokens of the document keep their shares of one
  ///    another, and their joint log-mass l becomes scale T l.
  ///
  /// - Parameters:
  ///   - store: The partials.
  ///   - head: The key and value head.
  ///   - row: The row.
  ///   - parts: The segments.
  ///   - out: A log-mass for each of them.
  package func masses(
    _ store: PartialStore,
    head: Int,
    row: Int,
    parts: UnsafeBufferPointer<MergePart>,
    into out: UnsafeMutablePointer<Float>
  ) {
    for (index, part) in parts.enumerated() {
      out[index] = store.logMass(slot: part.slot, head: head, row: row)
      if damping != 0, part.isFar, out[index] > -.infinity {
        out[index] -= damping * (out[index] - store.meanLogit(slot: part.slot, head: head, row: row))
      }
    }
    for (index, part) in parts.enumerated() where part.isAlternative && index > 0 {
      if out[index] > out[index - 1] { out[index - 1] = -.infinity } else { out[index] = -.infinity }
    }
    guard temperature != 1 || scale != 1 else { return }
    var highest = -Float.infinity
    for (index, part) in parts.enumerated() where part.isContext { highest = max(highest, out[index]) }
    guard highest > -.infinity else { return }
    var sum: Float = 0
    for (index, part) in parts.enumerated() where part.isContext { sum += expf(out[index] - highest) }
    let shift = (scale * temperature - 1) * (highest + logf(sum))
    for (index, part) in parts.enumerated() where part.isContext { out[index] += shift }
  }

  /// The scores by which chunks are ranked for a row, from the logits of all: the logarithm of each chunk's
  /// share of all attention, or of the part of it that the chunk's largest weights have.
  ///
  /// For ``Ranking/topFive`` it is ln G[i] of arXiv 2412.16545.
  ///
  /// - Parameters:
  ///   - store: The partials of all chunks.
  ///   - head: The key and value head.
  ///   - row: The row.
  ///   - chunks: A part per chunk, or two where it is offered at two places.
  ///   - local: The log-mass of everything that is no chunk.
  ///   - ranking: One of those that need keys.
  ///   - masses: Scratch for a value per part.
  ///   - out: A score per chunk.
  package func shares(
    _ store: PartialStore,
    head: Int,
    row: Int,
    chunks: UnsafeBufferPointer<MergePart>,
    local: Float,
    ranking: Ranking,
    masses: UnsafeMutablePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) {
    self.masses(store, head: head, row: row, parts: chunks, into: masses)
    let total = Self.logAdd(Self.logSumExp(masses, chunks.count), local)
    var chunk = -1
    for (index, part) in chunks.enumerated() {
      var share = masses[index] - total
      if share > -.infinity {
        if ranking == .topFive { share += logf(store.topShare(slot: part.slot, head: head, row: row)) }
      }
      if part.isAlternative {
        out[chunk] = max(out[chunk], share)
      } else {
        chunk += 1
        out[chunk] = share
      }
    }
  }

  /// ln(exp(a) + exp(b)), shifted by the larger.
  package static func logAdd(_ a: Float, _ b: Float) -> Float {
    let high = max(a, b)
    guard high > -.infinity else { return -.infinity }
    return high + logf(expf(a - high) + expf(b - high))
  }

  /// ln(sum(exp(x))), shifted by the largest; minus infinity for none.
  package static func logSumExp(_ values: UnsafePointer<Float>, _ count: Int) -> Float {
    var highest = -Float.infinity
    for i in 0..<count { highest = max(highest, values[i]) }
    guard highest > -.infinity else { return -.infinity }
    var sum: Float = 0
    for i in 0..<count { sum += expf(values[i] - highest) }
    return highest + logf(sum)
  }

  /// Replaces every x with exp(x).
  package static func exponentiate(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
    for i in 0..<count { values[i] = expf(values[i]) }
  }

  /// Writes a row's attention over some segments.
  ///
  /// With w the softmax of the segments' log-masses, o their attended values, and h = lse - mean logit the
  /// entropy inside each:
  ///
  ///     out     = sum of w o
  ///     entropy = sum of w (h - ln w)
  ///
  /// - Parameters:
  ///   - store: The partials.
  ///   - head: The key and value head.
  ///   - row: The row.
  ///   - parts: The segments.
  ///   - weights: Receives w, a value per part.
  ///   - out: `[headDimension]` values.
  /// - Returns: The entropy, in nats.
  package func merge(
    _ store: PartialStore,
    head: Int,
    row: Int,
    parts: UnsafeBufferPointer<MergePart>,
    weights: UnsafeMutablePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) -> Float {
    out.update(repeating: 0, count: store.headDimension)
    masses(store, head: head, row: row, parts: parts, into: weights)
    let total = Self.logSumExp(weights, parts.count)
    guard total > -.infinity else {
      weights.update(repeating: 0, count: parts.count)
      return 0
    }
    var entropy: Float = 0
    for (index, part) in parts.enumerated() {
      let logWeight = weights[index] - total
      let weight = expf(logWeight)
      weights[index] = weight
      guard weight > 0 else { continue }
      store.addValue(slot: part.slot, head: head, row: row, weight: weight, to: out)
      let inside =
        store.logMass(slot: part.slot, head: head, row: row)
        - store.meanLogit(slot: part.slot, head: head, row: row)
      entropy += weight * (inside - logWeight)
    }
    return entropy
  }
}
