internal import CKernels
internal import Memory
package import Transformer

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The partials of a block of queries over every segment of one layer: what attention to a segment yields
/// before the segments are merged.
///
/// Rows of a key and value head are `[token][head of the group]`; a partial of row i is (maximum, sum,
/// output, energy, top), see `SoftmaxState`. From it follow lse = maximum + ln(sum), the attended value
/// output / sum, and the segment's mean logit energy / sum.
package final class PartialStore {
  package let segments: Int
  package let kvHeads: Int
  package let headDimension: Int
  /// The most rows of one key and value head.
  package let capacity: Int
  private let maximum: UnsafeMutablePointer<Float>
  private let sum: UnsafeMutablePointer<Float>
  private let output: UnsafeMutablePointer<Float>
  private let energy: UnsafeMutablePointer<Float>
  private let top: UnsafeMutablePointer<Float>
  private let storage: [AlignedBuffer]

  /// How many of the largest logits of a segment are kept; the exact rule of arXiv 2412.16545 sums five.
  package static let topCount = 5

  /// Reserves memory for the partials of `rows` rows per key and value head.
  package init(segments: Int, kvHeads: Int, rows: Int, headDimension: Int) throws(ModelError) {
    self.segments = segments
    self.kvHeads = kvHeads
    self.headDimension = headDimension
    capacity = rows
    var buffers: [AlignedBuffer] = []
    func room(_ count: Int) throws(ModelError) -> UnsafeMutablePointer<Float> {
      let buffer = try AlignedBuffer.allocated(count * MemoryLayout<Float>.stride)
      buffers.append(buffer)
      return buffer.base.assumingMemoryBound(to: Float.self)
    }
    let all = segments * kvHeads * rows
    maximum = try room(all)
    sum = try room(all)
    output = try room(all * headDimension)
    energy = try room(all)
    top = try room(all * Self.topCount)
    storage = buffers
  }

  private func index(_ segment: Int, _ head: Int, _ row: Int) -> Int {
    (segment * kvHeads + head) * capacity + row
  }

  /// The running softmax of one segment and head, to be filled by a kernel.
  ///
  /// - Parameters:
  ///   - segment: The segment.
  ///   - head: The key and value head.
  ///   - withValues: Whether values are attended too; without, everything about the logits is known
  ///     and the output is not.
  /// - Returns: The state, not yet reset.
  package func softmax(segment: Int, head: Int, withValues: Bool = true) -> SoftmaxState {
    let at = index(segment, head, 0)
    return SoftmaxState(
      maximum: maximum + at,
      sum: sum + at,
      output: withValues ? output + at * headDimension : nil,
      energy: energy + at,
      top: top + at * Self.topCount
    )
  }

  /// The log-sum-exp of a row's logits in a segment; minus infinity for a segment without a visible key.
  package func logMass(segment: Int, head: Int, row: Int) -> Float {
    let at = index(segment, head, row)
    return sum[at] > 0 ? maximum[at] + logf(sum[at]) : -.infinity
  }

  /// A row's mean logit in a segment under the attention inside it.
  package func meanLogit(segment: Int, head: Int, row: Int) -> Float {
    let at = index(segment, head, row)
    return sum[at] > 0 ? energy[at] / sum[at] : 0
  }

  /// The share of a row's attention inside a segment that its largest weights have together.
  package func topShare(segment: Int, head: Int, row: Int) -> Float {
    let at = index(segment, head, row)
    guard sum[at] > 0 else { return 0 }
    var share: Float = 0
    for i in 0..<Self.topCount { share += expf(top[at * Self.topCount + i] - maximum[at]) }
    return share / sum[at]
  }

  /// Adds a row's attended value in a segment, times `weight`, to `out`.
  package func addValue(
    segment: Int,
    head: Int,
    row: Int,
    weight: Float,
    to out: UnsafeMutablePointer<Float>
  ) {
    let at = index(segment, head, row)
    guard sum[at] > 0 else { return }
    braid_add_scaled_f32(out, output + at * headDimension, weight / sum[at], headDimension)
  }
}
