internal import CKernels
internal import Memory
package import Transformer

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The partials of a block of queries in one layer, a slot for each segment: the results of attention to each
/// segment, before they are merged.
///
/// Rows of a key and value head are `[token][head of the group]`; a partial of row i is (maximum, sum,
/// output, energy, top), see `SoftmaxState`. From it follow lse = maximum + ln(sum), the attended value
/// output / sum, and the segment's mean logit energy / sum.
package final class PartialStore {
  /// The number of slots of a row, one for each segment.
  package let slots: Int
  /// The number of key and value heads.
  package let kvHeads: Int
  /// The number of values in a head.
  package let headDimension: Int
  /// The most rows of one key and value head.
  package let capacity: Int
  private let maximum: UnsafeMutablePointer<Float>
  private let sum: UnsafeMutablePointer<Float>
  private let energy: UnsafeMutablePointer<Float>
  private let output: UnsafeMutablePointer<Float>?
  private let top: UnsafeMutablePointer<Float>?
  private let storage: [AlignedBuffer]

  /// The number of a segment's largest logits that are kept; the exact rule of arXiv 2412.16545 sums five.
  package static let topCount = Int(BRAID_TOP)

  /// Reserves memory for the partials of `rows` rows per key and value head.
  ///
  /// - Parameters:
  ///   - slots: The number of segments.
  ///   - kvHeads: Key and value heads.
  ///   - rows: The most rows of one of them.
  ///   - headDimension: Values per head.
  ///   - withValues: True to keep attended values, false to keep only what follows from the logits.
  ///   - withTop: True to keep the largest logits.
  /// - Throws: `ModelError` when memory cannot be allocated.
  package init(
    slots: Int,
    kvHeads: Int,
    rows: Int,
    headDimension: Int,
    withValues: Bool = true,
    withTop: Bool = true
  ) throws(ModelError) {
    self.slots = slots
    self.kvHeads = kvHeads
    self.headDimension = headDimension
    capacity = rows
    var buffers: [AlignedBuffer] = []
    func room(_ count: Int) throws(ModelError) -> UnsafeMutablePointer<Float> {
      let buffer = try AlignedBuffer.allocated(count * MemoryLayout<Float>.stride)
      buffers.append(buffer)
      return buffer.base.assumingMemoryBound(to: Float.self)
    }
    let all = slots * kvHeads * rows
    maximum = try room(all)
    sum = try room(all)
    energy = try room(all)
    output = withValues ? try room(all * headDimension) : nil
    top = withTop ? try room(all * Self.topCount) : nil
    storage = buffers
  }

  private func index(_ slot: Int, _ head: Int, _ row: Int) -> Int {
    (slot * kvHeads + head) * capacity + row
  }

  /// The running softmax of one slot and head, for a kernel to reset and fill.
  package func softmax(slot: Int, head: Int) -> SoftmaxState {
    let at = index(slot, head, 0)
    return SoftmaxState(
      maximum: maximum + at,
      sum: sum + at,
      output: output.map { $0 + at * headDimension },
      energy: energy + at,
      top: top.map { $0 + at * Self.topCount }
    )
  }

  /// Copies one row of a softmax into a slot, without its largest logits.
  package func set(slot: Int, head: Int, row: Int, from other: SoftmaxState, row source: Int) {
    let at = index(slot, head, row)
    maximum[at] = other.maximum[source]
    sum[at] = other.sum[source]
    energy[at] = other.energy?[source] ?? 0
    if let output, let from = other.output {
      (output + at * headDimension).update(from: from + source * headDimension, count: headDimension)
    }
  }

  /// Empties a slot for the first `rows` rows.
  package func clear(slot: Int, head: Int, rows: Int) {
    let at = index(slot, head, 0)
    (maximum + at).update(repeating: -.infinity, count: rows)
    (sum + at).update(repeating: 0, count: rows)
    (energy + at).update(repeating: 0, count: rows)
    if let output { (output + at * headDimension).update(repeating: 0, count: rows * headDimension) }
  }

  /// Adds one row of a softmax to a slot, as if the keys of both were one run in which each added key occurs
  /// exp(bias) times.
  package func add(slot: Int, head: Int, row: Int, from other: SoftmaxState, row source: Int, bias: Float) {
    guard other.sum[source] > 0 else { return }
    let at = index(slot, head, row)
    let theirs = other.maximum[source] + bias
    let highest = max(maximum[at], theirs)
    let keep = sum[at] > 0 ? expf(maximum[at] - highest) : 0
    let gain = expf(theirs - highest)
    maximum[at] = highest
    sum[at] = sum[at] * keep + other.sum[source] * gain
    energy[at] = energy[at] * keep + (other.energy?[source] ?? 0) * gain
    guard let output, let from = other.output else { return }
    let to = output + at * headDimension
    for i in 0..<headDimension { to[i] = to[i] * keep + from[source * headDimension + i] * gain }
  }

  /// The log-sum-exp of a row's logits in a segment; minus infinity for a segment without a visible key.
  package func logMass(slot: Int, head: Int, row: Int) -> Float {
    let at = index(slot, head, row)
    return sum[at] > 0 ? maximum[at] + logf(sum[at]) : -.infinity
  }

  /// A row's mean logit in a segment under the attention inside it.
  package func meanLogit(slot: Int, head: Int, row: Int) -> Float {
    let at = index(slot, head, row)
    return sum[at] > 0 ? energy[at] / sum[at] : 0
  }

  /// The share of a row's attention inside a segment that its largest weights have together; 1 where the
  /// largest logits are not kept.
  package func topShare(slot: Int, head: Int, row: Int) -> Float {
    let at = index(slot, head, row)
    guard sum[at] > 0 else { return 0 }
    guard let top else { return 1 }
    var share: Float = 0
    for i in 0..<Self.topCount { share += expf(top[at * Self.topCount + i] - maximum[at]) }
    return share / sum[at]
  }

  /// The share of a row's attention, whose log-mass is `total`, that its largest weights in a segment have
  /// together.
  package func topMass(slot: Int, head: Int, row: Int, over total: Float) -> Float {
    let at = index(slot, head, row)
    guard let top, sum[at] > 0 else { return 0 }
    var share: Float = 0
    // Weights below exp(-20), about 2e-9 of the row's attention, are left out.
    for i in 0..<Self.topCount where top[at * Self.topCount + i] > total - 20 {
      share += expf(top[at * Self.topCount + i] - total)
    }
    return share
  }

  /// Adds a row's attended value in a segment, times `weight`, to `out`.
  package func addValue(
    slot: Int,
    head: Int,
    row: Int,
    weight: Float,
    to out: UnsafeMutablePointer<Float>
  ) {
    let at = index(slot, head, row)
    guard sum[at] > 0, let output else { return }
    braid_add_scaled_f32(out, output + at * headDimension, weight / sum[at], headDimension)
  }
}
