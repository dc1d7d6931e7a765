package import KVFormat
package import ParallelContext
package import Transformer

/// The contexts that evaluations read: chunks encoded in parallel, and remembered for later contexts.
///
/// Many questions over almost the same text encode each chunk once. Only one evaluation may use it at a time.
package final class EvaluationContexts {
  /// The model.
  package let model: Model
  /// The number of threads for encoding and for queries.
  package let threads: Int
  /// The type of stored keys and values.
  package let kvType: KVType
  /// The codec by which the keys and values of chunks are coded, and decoded again, before they are merged.
  package let codec: KVCodec
  private var remembered: BoundedCache<Content, KVCache>

  /// A run of tokens with all that its KV cache depends on.
  private struct Content: Hashable, Sendable {
    var sink: [Int32]
    var lead: [Int32] = []
    var tokens: [Int32]
    var base = 0
  }

  /// Prepares to encode.
  ///
  /// - Parameters:
  ///   - model: The weights, with their head if logits will be asked for.
  ///   - threads: The number of threads for encoding and for queries.
  ///   - cacheBytes: The most bytes of KV caches that are remembered. The caches of a context in use may come
  ///     on top.
  ///   - codec: The codec of chunks' keys and values.
  package init(model: Model, threads: Int, cacheBytes: Int = 0, codec: KVCodec = .bf16) {
    self.codec = codec
    self.model = model
    self.threads = max(1, threads)
    kvType = model.compute == .f32 ? .f32 : .bf16
    remembered = BoundedCache(capacity: cacheBytes)
  }

  /// The number of tokens for which the model was trained.
  package var trainedLength: Int { model.configuration.contextLength }

  /// Cuts a text without encoding it.
  ///
  /// - Parameters:
  ///   - tokens: The text.
  ///   - boundaries: The boundary after each token, as in `ContextPlan`; nil to cut anywhere.
  ///   - cutting: The size or the number of the chunks.
  ///   - sink: The sink, for encodings that have one.
  ///   - encoding: The encoding of the chunks.
  /// - Returns: The plan.
  /// - Throws: `ContextError` for sizes that do not fit the model.
  package func plan(
    _ tokens: [Int32],
    boundaries: [UInt8]? = nil,
    cutting: Cutting,
    sink: [Int32],
    encoding: ChunkEncoding
  ) throws(ContextError) -> ContextPlan {
    try ContextPlan(
      boundaries: boundaries ?? [UInt8](repeating: 0, count: tokens.count),
      cutting: cutting,
      sinkTokens: encoding.hasSink ? sink : [],
      lead: encoding.lead,
      contextLength: model.configuration.contextLength
    )
  }

  /// Encodes the chunks of a plan.
  ///
  /// - Parameters:
  ///   - tokens: The text, as long as the plan's.
  ///   - plan: The plan by which the text is cut.
  ///   - encoding: The encoding that the plan was made for.
  /// - Returns: The merged context.
  /// - Throws: `ContextError` for sizes that do not fit the model, `ModelError` when computing fails.
  package func merged(
    _ tokens: [Int32],
    plan: ContextPlan,
    encoding: ChunkEncoding
  ) throws -> MergedContext {
    try QueryEngine(model: model, threads: threads)
      .linked(merged(tokens, plan: plan), text: tokens, count: encoding.linkedTokens)
  }

  private func merged(_ tokens: [Int32], plan: ContextPlan) throws -> MergedContext {
    let sink = try cache(ofSink: plan.sinkTokens)
    let contents = plan.chunks.enumerated().map { index, range in
      Content(
        sink: plan.sinkTokens,
        lead: Array(tokens[plan.lead(of: index)]),
        tokens: Array(tokens[range]),
        base: plan.base(of: index)
      )
    }
    var caches: [Content: KVCache] = [:]
    var missing: [Content] = []
    for content in Set(contents) { caches[content] = remembered.value(of: content) }
    var seen = Set(caches.keys)
    for content in contents where seen.insert(content).inserted { missing.append(content) }
    for (content, cache) in zip(missing, try encode(missing, sink: sink)) {
      caches[content] = cache
      remembered.insert(cache, for: content, bytes: cache.shape.byteCount)
    }
    return try MergedContext(plan: plan, sink: sink, chunks: contents.compactMap { caches[$0] })
  }

  private func cache(ofSink tokens: [Int32]) throws -> KVCache? {
    guard !tokens.isEmpty else { return nil }
    let content = Content(sink: [], tokens: tokens)
    if let cache = remembered.value(of: content) { return cache }
    let encoder = try ChunkEncoder(model: model, kvType: kvType, tokens: tokens.count)
    guard let cache = try encoder.encodeSink(tokens) else { return nil }
    remembered.insert(cache, for: content, bytes: cache.shape.byteCount)
    return cache
  }

  /// Encodes runs of tokens, as many in parallel as there are threads; spare threads share a run's products.
  private func encode(_ runs: [Content], sink: KVCache?) throws -> [KVCache] {
    guard let longest = runs.map({ $0.lead.count + $0.tokens.count }).max() else { return [] }
    let lanes = min(threads, runs.count)
    let encoder = try InProcessEncoder(
      model: model,
      kvType: kvType,
      lanes: lanes,
      threadsPerLane: max(1, threads / lanes),
      tokens: longest
    )
    let codec = codec
    return try encoder.encodeAndWait(
      runs.map { .init($0.tokens, lead: $0.lead, base: $0.base) },
      behind: sink,
      afterRun: { try Self.send($0, by: codec) }
    )
    .caches
  }

  /// Reads the sink, the text before the tail and the tail in one causal pass. If they are longer than the
  /// model was trained for, only the end of the text before the tail is read.
  ///
  /// - Parameters:
  ///   - before: The text before the tail.
  ///   - tail: The tokens that are read last, in a run of their own.
  ///   - extra: The number of tokens that may follow.
  ///   - sink: The tokens before everything.
  /// - Returns: The session, after the tail.
  /// - Throws: `ContextError` when sink and tail do not fit the model, `ModelError` when computing fails.
  package func causalSession(before: [Int32], tail: [Int32], extra: Int = 0, sink: [Int32]) throws
    -> CausalSession
  {
    let prefix = try causalPrefix(before: before, tail: tail, extra: extra, sink: sink)
    let session = try CausalSession(
      model: model,
      capacity: prefix.count + tail.count + extra,
      kvType: kvType,
      threads: threads
    )
    if !prefix.isEmpty { try session.append(prefix) }
    try session.append(tail)
    return session
  }

  /// Returns the tokens that one causal pass reads before a tail: the sink, and as much of the text's end as
  /// fits.
  ///
  /// - Throws: `ContextError` when sink and tail do not fit the model.
  func causalPrefix(
    before: [Int32],
    tail: [Int32],
    extra: Int,
    sink: [Int32]
  ) throws(ContextError) -> [Int32] {
    let trained = trainedLength
    let room = trained - sink.count - tail.count - extra
    guard room >= 0 else {
      throw ContextError(
        .doesNotFit,
        "\(sink.count) tokens of sink, \(tail.count) of tail and \(extra) of answer do not fit the model's "
          + "context of \(trained): choose fewer"
      )
    }
    return sink + before.suffix(room)
  }
}
