internal import CKernels
internal import Transformer

/// The logits of chunks' sketches, computed without reading a key.
///
/// With mu a channel's mean, s its step and n a key's code in steps, q k is approximated by q mu + sum of (q
/// s) n over the channels of the sketch: the product of a short query with short keys, plus a constant. The
/// short query is rounded to bytes, so that the product is one of whole numbers.
struct SketchLogits {
  /// The divisor of the logits.
  let temperature: Float

  /// Attends one head's rows to the sketches of some chunks at all of their places.
  ///
  /// - Parameters:
  ///   - chunks: The chunks.
  ///   - summaries: The summary of every chunk.
  ///   - query: The block.
  ///   - head: The key and value head.
  ///   - layout: The places of the chunks.
  ///   - bases: The positions from which they are stored.
  ///   - workspace: The thread's workspace.
  ///   - softmax: The partial of a chunk at a place, asked for in their order.
  func attend(
    _ chunks: some Sequence<Int>,
    of summaries: [ChunkSummary],
    _ query: QueryBlock,
    head: Int,
    layout: Layout,
    bases: [Int],
    workspace: QueryWorkspace,
    into softmax: (_ chunk: Int, _ place: Int) -> SoftmaxState
  ) {
    // Chunks at one place share the rotated queries.
    var rotated: Int?
    for chunk in chunks {
      let places = layout.chunks[chunk]
      for place in 0..<places.places {
        let shift = places.position(at: place) - bases[chunk]
        if rotated != shift {
          query.rotate(
            head: head,
            shift: shift,
            temperature: temperature,
            kernel: .f32,
            into: UnsafeMutableRawPointer(workspace.queries)
          )
          rotated = shift
        }
        var sketch = summaries[chunk].sketch(layer: query.block.layer, head: head)
        var queries = workspace.sketchQueries
        let out = softmax(chunk, place)
        braid_sketch_round(workspace.queries, query.rows, &sketch, &queries)
        braid_attend_sketch(
          &sketch,
          &queries,
          query.rows,
          out.maximum,
          out.sum,
          // Only the damping of far chunks reads it.
          places.isFar || place > 0 ? out.energy : nil,
          out.top,
          workspace.sketchScratch
        )
      }
    }
  }
}
