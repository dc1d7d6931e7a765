internal import CKernels
internal import KVFormat
internal import Threads
internal import Transformer

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The keys and values of all chunks in groups of neighbours, one key and one value each.
final class GroupedChunks {
  private let context: MergedContext
  private let weighting: Residue.Weighting
  /// A cache of groups per chunk.
  let caches: [KVCache]
  private var isMade: [Bool]

  /// Reserves the memory; groups are made layer by layer.
  ///
  /// - Throws: `ModelError` when memory cannot be allocated.
  init(
    _ context: MergedContext,
    size: Int,
    weighting: Residue.Weighting,
    layers: Int
  ) throws(ModelError) {
    self.context = context
    self.weighting = weighting
    var caches: [KVCache] = []
    for chunk in context.chunks {
      var shape = chunk.shape
      shape.tokens = (chunk.shape.tokens + size - 1) / size
      caches.append(try KVCache(shape: shape))
    }
    self.caches = caches
    isMade = Array(repeating: false, count: layers)
  }

  /// ln of the mean number of keys that a group of a chunk stands for.
  func bias(chunk: Int) -> Float {
    logf(Float(context.chunks[chunk].shape.tokens) / Float(max(1, caches[chunk].shape.tokens)))
  }

  /// Forgets all groups.
  func reset() {
    for layer in isMade.indices { isMade[layer] = false }
  }

  /// Makes the groups of a block's layer, unless there are groups that hold for the block.
  ///
  /// - Parameters:
  ///   - query: The block; its last token weights the groups under ``Residue/Weighting/query``.
  ///   - layout: The places of the chunks.
  ///   - isAnswer: True for a single token of an answer, for which the groups of the question hold.
  ///   - workspaces: One per thread.
  func prepare(
    _ query: QueryBlock,
    _ layout: Layout,
    isAnswer: Bool,
    workspaces: [QueryWorkspace]
  ) {
    let layer = query.block.layer
    if isMade[layer], weighting != .query || isAnswer { return }
    isMade[layer] = true
    let heads = query.configuration.kvHeads
    inParallel(threads: workspaces.count, count: caches.count * heads) { thread, item in
      let (chunk, head) = (item / heads, item % heads)
      make(query, chunk: chunk, head: head, shift: shift(chunk, layout), workspace: workspaces[thread])
    }
  }

  /// The distance by which a chunk is moved for rows that have not chosen it.
  private func shift(_ chunk: Int, _ layout: Layout) -> Int {
    layout.chunks[chunk].unchosen - context.bases[chunk]
  }

  /// Attends the groups of the chunks that a row has not chosen. A row of a local head, which has no chunk at
  /// all, attends no group either.
  func attend(
    _ query: QueryBlock,
    _ layout: Layout,
    except choice: ChunkChoice,
    by kernel: SegmentKernel,
    _ workspaces: [QueryWorkspace],
    into store: PartialStore,
    slot: Int
  ) {
    inParallel(threads: workspaces.count, count: choice.kvHeads) { thread, head in
      let workspace = workspaces[thread]
      store.clear(slot: slot, head: head, rows: query.rows)
      for chunk in caches.indices {
        workspace.rows.removeAll(keepingCapacity: true)
        for row in 0..<query.rows
        where !choice.contains(chunk, head: head, row: row)
          && choice.chunk(head: head, row: row, rank: 0) != nil
        {
          workspace.rows.append(Int32(row))
        }
        if workspace.rows.isEmpty { continue }
        let rows = workspace.rows.count
        kernel.gather(query, workspace, head: head, shift: shift(chunk, layout), at: 0)
        kernel.attendGathered(caches[chunk], query, workspace, head: head, rows: rows)
        for (place, row) in workspace.rows.enumerated() {
          store.add(
            slot: slot,
            head: head,
            row: Int(row),
            from: workspace.partial,
            row: place,
            bias: bias(chunk: chunk)
          )
        }
      }
    }
  }

  private func make(_ query: QueryBlock, chunk: Int, head: Int, shift: Int, workspace: QueryWorkspace) {
    let c = query.configuration
    let layer = query.block.layer
    let cache = context.chunks[chunk]
    let isF32: Int32 = cache.shape.type == .f32 ? 1 : 0
    let (count, d) = (cache.shape.tokens, c.headDimension)
    let keys = UnsafeRawPointer(cache.keys(layer: layer, head: head))
    switch weighting {
    case .mean: break
    case .query:
      let queries = workspace.queries
      query.rotate(
        head: head,
        shift: shift,
        temperature: 1,
        kernel: .f32,
        into: UnsafeMutableRawPointer(queries)
      )
      // The rows of the block's last token.
      let last = queries + (query.rows - c.group) * d
      braid_key_logits(last, c.group, keys, isF32, count, d, workspace.logits)
    }
    let to = caches[chunk]
    var call = braid_grouping(
      keys: keys,
      values: UnsafeRawPointer(cache.values(layer: layer, head: head)),
      is_f32: isF32,
      count: Int32(count),
      dim: Int32(d),
      groups: Int32(to.shape.tokens),
      logits: weighting == .mean ? nil : UnsafePointer(workspace.logits),
      group_keys: to.keys(layer: layer, head: head),
      group_values: to.values(layer: layer, head: head)
    )
    braid_group_keys(&call)
  }
}
