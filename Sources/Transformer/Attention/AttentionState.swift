internal import CKernels
internal import KVFormat
internal import Memory

/// The running softmax of rows of queries; see `braid_attention` for the meaning of its parts.
package struct SoftmaxState {
  /// `[rows]`, the largest logit.
  package var maximum: UnsafeMutablePointer<Float>
  /// `[rows]`, the sum of exp(s - maximum).
  package var sum: UnsafeMutablePointer<Float>
  /// `[rows][headDimension]`, the sum of exp(s - maximum) v; nil when only the logits matter.
  package var output: UnsafeMutablePointer<Float>?
  /// `[rows]`, the sum of exp(s - maximum) s; nil when nothing reads it.
  package var energy: UnsafeMutablePointer<Float>?
  /// `[rows][BRAID_TOP]`, the largest logits in falling order; nil when nothing reads them.
  package var top: UnsafeMutablePointer<Float>?

  package init(
    maximum: UnsafeMutablePointer<Float>,
    sum: UnsafeMutablePointer<Float>,
    output: UnsafeMutablePointer<Float>?,
    energy: UnsafeMutablePointer<Float>? = nil,
    top: UnsafeMutablePointer<Float>? = nil
  ) {
    self.maximum = maximum
    self.sum = sum
    self.output = output
    self.energy = energy
    self.top = top
  }

  /// Empties the softmax of the first `rows` rows.
  package func reset(rows: Int, headDimension: Int) {
    maximum.update(repeating: -.infinity, count: rows)
    sum.update(repeating: 0, count: rows)
    output?.update(repeating: 0, count: rows * headDimension)
    energy?.update(repeating: 0, count: rows)
    top?.update(repeating: -.infinity, count: rows * Int(BRAID_TOP))
  }
}

/// The memory with which one thread attends a group of query heads: rotated queries, the kernels' scratch and
/// a softmax of its own.
///
/// Rows are `[token][head of the group]`.
package final class AttentionState {
  /// The most rows.
  package let capacity: Int
  /// Rotated queries, `[rows][headDimension]`.
  package let queries: UnsafeMutableRawPointer
  /// The attended values of ``softmax``, `[rows][headDimension]`.
  package let output: UnsafeMutablePointer<Float>
  /// A softmax for a result that is needed only until ``finish(rows:head:into:activations:configuration:)``.
  package let softmax: SoftmaxState
  /// The first key that each token sees, `[tokens]`, for two runs of keys.
  package let hidden: (UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>)
  private let scratch: UnsafeMutableRawPointer
  private let storage: [AlignedBuffer]
  private let headDimension: Int
  private let group: Int
  private let cap: Float

  /// Reserves memory for `tokens` query tokens of one group.
  package init(_ configuration: ModelConfiguration, tokens: Int) throws(ModelError) {
    headDimension = configuration.headDimension
    group = configuration.group
    cap = configuration.block.attentionCap ?? 0
    capacity = tokens * configuration.group
    var buffers: [AlignedBuffer] = []
    func room(_ bytes: Int) throws(ModelError) -> UnsafeMutableRawPointer {
      let buffer = try AlignedBuffer.allocated(bytes)
      buffers.append(buffer)
      return buffer.base
    }
    queries = try room(capacity * headDimension * 4)
    output = try room(capacity * headDimension * 4).assumingMemoryBound(to: Float.self)
    softmax = SoftmaxState(
      maximum: try room(capacity * 4).assumingMemoryBound(to: Float.self),
      sum: try room(capacity * 4).assumingMemoryBound(to: Float.self),
      output: output
    )
    hidden = (
      try room(tokens * 4).assumingMemoryBound(to: Int32.self),
      try room(tokens * 4).assumingMemoryBound(to: Int32.self)
    )
    scratch = try room(braid_attention_scratch(Int32(headDimension)))
    storage = buffers
  }

  /// Attends the queries to the keys of one layer and head of a cache.
  ///
  /// - Parameters:
  ///   - cache: The keys and values.
  ///   - layer: The layer.
  ///   - head: The key and value head.
  ///   - rows: Rows of queries, `tokens x group`.
  ///   - first: The cache's first token to attend.
  ///   - keys: The number of the cache's tokens to attend.
  ///   - visible: For causal attention, the number of these that the first token sees; each further token
  ///     sees one more. Nil for all.
  ///   - hidden: The number of these that each token does not see, counted from the first, `[tokens]` and rising;
  ///     nil for none.
  ///   - kernel: The kernel that computes it.
  ///   - softmax: The running softmax to which the keys are added.
  ///   - clock: The clock of the pass's stages; nil to measure nothing.
  package func attend(
    _ cache: KVCache,
    layer: Int,
    head: Int,
    rows: Int,
    first: Int = 0,
    keys: Int,
    visible: Int?,
    hidden: UnsafePointer<Int32>? = nil,
    kernel: AttentionKernel,
    into softmax: SoftmaxState,
    clock: StageClock? = nil
  ) {
    let skipped = first * headDimension * cache.shape.type.byteCount
    var call = braid_attention(
      q: queries,
      k: cache.keys(layer: layer, head: head) + skipped,
      v: cache.values(layer: layer, head: head) + skipped,
      kv_is_f32: cache.shape.type == .f32 ? 1 : 0,
      head_dim: Int32(headDimension),
      rows: Int32(rows),
      group: Int32(group),
      keys: Int32(keys),
      causal: visible == nil ? 0 : 1,
      visible: Int32(visible ?? 0),
      hidden: hidden,
      cap: cap,
      m: softmax.maximum,
      l: softmax.sum,
      o: softmax.output,
      e: softmax.energy,
      top: softmax.top,
      ticks: clock?.kernel,
      scratch: scratch
    )
    switch kernel {
    case .bf16: braid_attend_bf16(&call)
    case .f32: braid_attend_f32(&call)
    }
  }
}

extension AttentionState {
  /// Writes the attended values of one group into the rows of all heads, in the type of activations.
  package func finish(
    rows: Int,
    head: Int,
    into out: UnsafeMutableRawPointer,
    activations: ElementType,
    configuration c: ModelConfiguration
  ) {
    let column = head * c.group * c.headDimension
    if activations == .bf16 {
      braid_attention_finish_bf16(
        output,
        softmax.sum,
        out.assumingMemoryBound(to: UInt16.self) + column,
        rows,
        c.group,
        c.headDimension,
        c.queryWidth
      )
    } else {
      braid_attention_finish_f32(
        output,
        softmax.sum,
        out.assumingMemoryBound(to: Float.self) + column,
        rows,
        c.group,
        c.headDimension,
        c.queryWidth
      )
    }
  }
}
