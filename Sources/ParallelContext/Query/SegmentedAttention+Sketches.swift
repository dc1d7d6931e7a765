internal import CKernels
internal import Transformer

extension SegmentedAttention {
  /// Computes the logits of all chunks' sketches. No key is read.
  ///
  /// With mu a channel's mean, s its step and n a key's code in steps, q k is taken for q mu + sum of (q s) n over the
  /// channels of the sketch: the product of a short query with short keys, and a constant.
  func attendEverySketch(_ query: QueryBlock, into store: PartialStore) {
    let heads = configuration.kvHeads
    inParallel(threads: workspaces.count, count: context.chunks.count * heads) { thread, item in
      let (chunk, head) = (item / heads, item % heads)
      let workspace = workspaces[thread]
      let shape = summaries[chunk].shape
      var sketch = summaries[chunk].sketch(layer: query.block.layer, head: head)
      braid_unpack_sketch(
        sketch.codes,
        shape.tokens,
        shape.sketchRun,
        shape.sketchDimension,
        workspace.sketchKeys
      )
      for view in views(of: chunk) {
        query.rotate(
          head: head,
          shift: shift(chunk, view: view),
          temperature: merge.temperature,
          kernel: .f32,
          into: UnsafeMutableRawPointer(workspace.queries)
        )
        let softmax = store.softmax(slot: chunk * slots.views + view, head: head)
        attend(&sketch, shape, query, workspace, into: softmax)
      }
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
    let isBF16 = query.kernel == .bf16
    softmax.reset(rows: rows, headDimension: configuration.headDimension)
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
      group: Int32(configuration.group),
      keys: Int32(shape.tokens),
      causal: 0,
      visible: 0,
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
