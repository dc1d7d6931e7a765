internal import Transformer

/// Attention of a block's rows to runs of keys, at any position.
struct SegmentKernel {
  /// The kernel, which decides the types of queries and keys.
  let kernel: AttentionKernel
  /// The divisor of chunks' logits.
  let temperature: Float

  /// Attends every row of a head to a run of keys.
  ///
  /// - Parameters:
  ///   - cache: The keys and values.
  ///   - query: The block.
  ///   - workspace: The thread's workspace.
  ///   - head: The key and value head.
  ///   - tokens: The run; nil for all of the cache.
  ///   - shift: The distance by which the run is moved from where it was encoded.
  ///   - temperature: The divisor of the logits; nil for that of chunks.
  ///   - window: The window by which the rows see the run; nil if they see all of it.
  ///   - softmax: Receives the partials.
  func attend(
    _ cache: KVCache,
    _ query: QueryBlock,
    _ workspace: QueryWorkspace,
    head: Int,
    tokens: Range<Int>? = nil,
    shift: Int,
    temperature: Float? = nil,
    window: KeyWindow? = nil,
    into softmax: SoftmaxState
  ) {
    let tokens = tokens ?? 0..<cache.shape.tokens
    softmax.reset(rows: query.rows, headDimension: query.configuration.headDimension)
    query.rotate(
      head: head,
      shift: shift,
      temperature: temperature ?? self.temperature,
      into: workspace.attention.queries
    )
    workspace.attention.attend(
      cache,
      layer: query.block.layer,
      head: head,
      rows: query.rows,
      first: tokens.lowerBound,
      keys: tokens.count,
      visible: nil,
      hidden: window?.hide(query.block.rows, from: tokens.lowerBound, in: workspace.attention),
      kernel: kernel,
      into: softmax
    )
  }

  /// Attends every row of a head to the tail, causally.
  ///
  /// - Parameters:
  ///   - tail: The tail's keys and values.
  ///   - query: The block.
  ///   - workspace: The thread's workspace.
  ///   - head: The key and value head.
  ///   - window: The window by which the rows see the tail; nil if they see all of it.
  ///   - softmax: Receives the partials.
  func attendTail(
    _ tail: KVCache,
    _ query: QueryBlock,
    _ workspace: QueryWorkspace,
    head: Int,
    window: KeyWindow? = nil,
    into softmax: SoftmaxState
  ) {
    softmax.reset(rows: query.rows, headDimension: query.configuration.headDimension)
    query.rotate(head: head, shift: 0, temperature: 1, into: workspace.attention.queries)
    workspace.attention.attend(
      tail,
      layer: query.block.layer,
      head: head,
      rows: query.rows,
      keys: query.first + query.block.rows,
      visible: query.first + 1,
      hidden: window?.hide(query.block.rows, from: 0, in: workspace.attention),
      kernel: kernel,
      into: softmax
    )
  }

  /// Rotates a head's queries and copies the rows listed in `workspace.rows` behind the `place` rows gathered
  /// before.
  func gather(_ query: QueryBlock, _ workspace: QueryWorkspace, head: Int, shift: Int, at place: Int) {
    let rotated = UnsafeMutableRawPointer(workspace.queries)
    query.rotate(head: head, shift: shift, temperature: temperature, into: rotated)
    query.copy(workspace.rows, of: rotated, to: workspace.attention.queries, at: place)
  }

  /// Attends gathered rows to a run of keys, into the workspace's partial.
  func attendGathered(
    _ cache: KVCache,
    _ query: QueryBlock,
    _ workspace: QueryWorkspace,
    head: Int,
    rows: Int,
    tokens: Range<Int>? = nil
  ) {
    let tokens = tokens ?? 0..<cache.shape.tokens
    workspace.partial.reset(rows: rows, headDimension: query.configuration.headDimension)
    workspace.attention.attend(
      cache,
      layer: query.block.layer,
      head: head,
      rows: rows,
      first: tokens.lowerBound,
      keys: tokens.count,
      visible: nil,
      kernel: kernel,
      into: workspace.partial
    )
  }
}
