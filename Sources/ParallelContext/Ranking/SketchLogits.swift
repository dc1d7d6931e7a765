internal import CKernels
internal import Transformer

/// The logits of chunks' sketches, computed without reading a key.
///
/// With mu a channel's mean, s its step and n a key's code in steps, q k is approximated by q mu + sum of (q
/// s) n over the channels of the sketch: the product of a short query with short keys, plus a constant.
struct SketchLogits {
  /// The kernel, which decides the type of the products.
  let kernel: AttentionKernel
  /// The divisor of the logits.
  let temperature: Float

  /// Attends one head's rows to a chunk's sketch at all of its places.
  ///
  /// - Parameters:
  ///   - summary: The chunk's summary.
  ///   - query: The block.
  ///   - head: The key and value head.
  ///   - places: The chunk's places.
  ///   - base: The position from which the chunk is stored.
  ///   - workspace: The thread's workspace.
  ///   - softmax: The partial of a place.
  func attend(
    _ summary: ChunkSummary,
    _ query: QueryBlock,
    head: Int,
    places: Layout.Chunk,
    base: Int,
    workspace: QueryWorkspace,
    into softmax: (_ place: Int) -> SoftmaxState
  ) {
    let shape = summary.shape
    var sketch = summary.sketch(layer: query.block.layer, head: head)
    braid_unpack_sketch(
      sketch.codes,
      shape.tokens,
      shape.sketchRun,
      shape.sketchDimension,
      workspace.sketchKeys
    )
    for place in 0..<places.places {
      query.rotate(
        head: head,
        shift: places.position(at: place) - base,
        temperature: temperature,
        kernel: .f32,
        into: UnsafeMutableRawPointer(workspace.queries)
      )
      attend(&sketch, shape, query, workspace, into: softmax(place))
    }
  }

  /// Attends rotated queries to an unpacked sketch.
  private func attend(
    _ sketch: inout braid_key_sketch,
    _ shape: SummaryShape,
    _ query: QueryBlock,
    _ workspace: QueryWorkspace,
    into softmax: SoftmaxState
  ) {
    let rows = query.rows
    let isBF16 = kernel == .bf16
    softmax.reset(rows: rows, headDimension: query.configuration.headDimension)
    if isBF16 {
      braid_sketch_queries_bf16(
        workspace.queries,
        rows,
        &sketch,
        shape.sketchDimension,
        workspace.sketchConstants,
        workspace.sketchQueries.assumingMemoryBound(to: UInt16.self)
      )
    } else {
      braid_sketch_queries_f32(
        workspace.queries,
        rows,
        &sketch,
        shape.sketchDimension,
        workspace.sketchConstants,
        workspace.sketchQueries.assumingMemoryBound(to: Float.self)
      )
    }
    var call = braid_attention(
      q: workspace.sketchQueries,
      k: workspace.sketchKeys,
      v: workspace.sketchKeys,
      kv_is_f32: 0,
      head_dim: Int32(shape.sketchDimension),
      rows: Int32(rows),
      group: Int32(query.configuration.group),
      keys: Int32(shape.tokens),
      causal: 0,
      visible: 0,
      hidden: nil,
      cap: 0,
      m: softmax.maximum,
      l: softmax.sum,
      o: nil,
      e: softmax.energy,
      top: softmax.top,
      ticks: nil,
      scratch: workspace.boundScratch
    )
    if isBF16 { braid_attend_bf16(&call) } else { braid_attend_f32(&call) }
    braid_shift_softmax(
      workspace.sketchConstants,
      rows,
      softmax.maximum,
      softmax.sum,
      softmax.energy,
      softmax.top
    )
  }
}
