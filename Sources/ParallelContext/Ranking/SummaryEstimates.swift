internal import CKernels
internal import Threads
internal import Transformer

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Estimates of chunks' log-masses from their summaries: no key of a chunk is read.
struct SummaryEstimates {
  /// One of the rankings that need no keys and no logits of sketches.
  let ranking: Ranking
  /// The divisor of the logits.
  let temperature: Float

  /// Estimates for all rows and chunks; of a chunk at two places the larger one counts.
  ///
  /// - Parameters:
  ///   - query: The block.
  ///   - layout: The places of the chunks.
  ///   - context: The chunks.
  ///   - summaries: Their summaries.
  ///   - capacity: The most rows of a head.
  ///   - workspaces: One per thread.
  ///   - out: `[kvHead][row][chunk]`.
  func estimate(
    _ query: QueryBlock,
    _ layout: Layout,
    context: MergedContext,
    summaries: [ChunkSummary],
    capacity: Int,
    workspaces: [QueryWorkspace],
    into out: inout [Float]
  ) {
    let (chunks, heads) = (summaries.count, query.configuration.kvHeads)
    out.withUnsafeMutableBufferPointer { out in
      // Every piece of work writes the column of its own head and chunk.
      nonisolated(unsafe) let out = out
      inParallel(threads: workspaces.count, count: chunks * heads) { thread, item in
        guard let base = out.baseAddress else { return }
        let (chunk, head) = (item / heads, item % heads)
        let (workspace, to) = (workspaces[thread], base + head * capacity * chunks + chunk)
        let places = layout.chunks[chunk]
        estimate(
          query,
          head: head,
          summary: summaries[chunk],
          shift: places.position - context.bases[chunk],
          workspace: workspace,
          into: to,
          stride: chunks
        )
        guard let second = places.second else { return }
        estimate(
          query,
          head: head,
          summary: summaries[chunk],
          shift: second - context.bases[chunk],
          workspace: workspace,
          into: workspace.logits,
          stride: 1
        )
        for row in 0..<query.rows { to[row * chunks] = max(to[row * chunks], workspace.logits[row]) }
      }
    }
  }

  /// Estimates for all rows of one head.
  ///
  /// - Parameters:
  ///   - query: The block.
  ///   - head: The key and value head.
  ///   - summary: The chunk's summary.
  ///   - shift: The distance by which the chunk is moved.
  ///   - workspace: The thread's workspace.
  ///   - out: The estimate of row r goes to `out[r * stride]`.
  ///   - stride: Floats between two rows.
  private func estimate(
    _ query: QueryBlock,
    head: Int,
    summary: ChunkSummary,
    shift: Int,
    workspace: QueryWorkspace,
    into out: UnsafeMutablePointer<Float>,
    stride: Int
  ) {
    let layer = query.block.layer
    let d = query.configuration.headDimension
    query.rotate(
      head: head,
      shift: shift,
      temperature: temperature,
      kernel: .f32,
      into: UnsafeMutableRawPointer(workspace.queries)
    )
    let mean = summary.mean(layer: layer, head: head)
    switch ranking {
    case .moments:
      braid_moment_logits(
        workspace.queries,
        query.rows,
        d,
        mean,
        summary.covariance(layer: layer, head: head),
        logf(Float(summary.shape.tokens)),
        workspace.covariance,
        out,
        stride
      )
    case .mean:
      for row in 0..<query.rows {
        var sum: Float = 0
        for i in 0..<d { sum += workspace.queries[row * d + i] * mean[i] }
        out[row * stride] = sum
      }
    case .quest(let slack):
      bounds(
        query,
        head: head,
        summary: summary,
        slack: Float(slack),
        workspace: workspace,
        into: out,
        stride: stride
      )
    case .topFive, .logMass, .sketch: break
    }
  }

  /// Writes the largest estimate over all pages: the maximum of an attention whose keys, of twice the
  /// dimension, are the pages' bounds.
  private func bounds(
    _ query: QueryBlock,
    head: Int,
    summary: ChunkSummary,
    slack: Float,
    workspace: QueryWorkspace,
    into out: UnsafeMutablePointer<Float>,
    stride: Int
  ) {
    let d = query.configuration.headDimension
    let isBF16 = query.kernel == .bf16
    if isBF16 {
      let rows = workspace.boundQueries.assumingMemoryBound(to: UInt16.self)
      braid_bound_queries_bf16(workspace.queries, rows, query.rows, d, slack)
    } else {
      let rows = workspace.boundQueries.assumingMemoryBound(to: Float.self)
      braid_bound_queries_f32(workspace.queries, rows, query.rows, d, slack)
    }
    var softmax = workspace.partial
    softmax.output = nil
    softmax.energy = nil
    softmax.reset(rows: query.rows, headDimension: d)
    let keys = summary.bounds(layer: query.block.layer, head: head)
    var call = braid_attention(
      q: workspace.boundQueries,
      k: keys,
      v: keys,
      kv_is_f32: 0,
      head_dim: Int32(2 * d),
      rows: Int32(query.rows),
      group: Int32(query.configuration.group),
      keys: Int32(summary.shape.pages),
      causal: 0,
      visible: 0,
      hidden: nil,
      cap: 0,
      m: softmax.maximum,
      l: softmax.sum,
      o: nil,
      e: nil,
      top: nil,
      ticks: nil,
      scratch: workspace.boundScratch
    )
    if isBF16 { braid_attend_bf16(&call) } else { braid_attend_f32(&call) }
    for row in 0..<query.rows { out[row * stride] = softmax.maximum[row] }
  }
}
