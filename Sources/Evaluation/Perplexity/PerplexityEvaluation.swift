package import KVFormat
package import ParallelContext
package import Transformer

/// How well a document's tokens are predicted from the text before them, for ways of reading that text.
///
/// A segment of the document is a context and a tail. The tail's tokens are predicted three ways: from the
/// tail alone behind the sink, from everything in one causal pass, and from the context's chunks under a
/// policy. What a policy keeps of the context's use is
///
///     kept = (NLL without context - NLL of the policy) / (NLL without context - NLL of full attention)
package struct PerplexityEvaluation: Sendable {
  /// What to measure.
  package struct Configuration: Sendable {
    /// Tokens of a context.
    package var context: Int
    /// Tokens of a tail that are scored.
    package var score: Int
    /// Into how many chunks a context is cut, one row of results for each.
    package var chunkCounts: [Int]
    /// How many segments of the document are taken.
    package var segments: Int
    /// The ways of reading.
    package var policies: [NamedMethod]
    /// Where the segments begin.
    package var seed: UInt64
    /// Whether choices of chunks are held against those of the exact rule.
    package var comparesWithExact = false
    /// How keys and values of chunks are coded, and brought back, before they are merged.
    package var codec = KVCodec.bf16

    /// Makes a configuration from its parts.
    package init(
      context: Int,
      score: Int,
      chunkCounts: [Int],
      segments: Int,
      policies: [NamedMethod],
      seed: UInt64
    ) {
      self.context = context
      self.score = score
      self.chunkCounts = chunkCounts
      self.segments = segments
      self.policies = policies
      self.seed = seed
    }
  }

  private let model: Model
  private let sink: [Int32]
  private let threads: Int
  private let configuration: Configuration

  /// Prepares an evaluation.
  ///
  /// - Parameters:
  ///   - model: The weights, with their head.
  ///   - sink: The tokens before everything.
  ///   - threads: Threads for encoding and for queries.
  ///   - configuration: What to measure.
  package init(model: Model, sink: [Int32], threads: Int, configuration: Configuration) {
    self.model = model
    self.sink = sink
    self.threads = threads
    self.configuration = configuration
  }

  /// Measures all rows.
  ///
  /// - Parameters:
  ///   - document: The document's tokens.
  ///   - progress: Called with the number of a segment before it is measured.
  /// - Returns: A row for each policy and number of chunks, means over the segments.
  /// - Throws: `ContextError` for a document that is too short or sizes that do not fit the model.
  package func run(document: [Int32], progress: (Int) -> Void = { _ in }) throws -> [PerplexityRow] {
    let c = configuration
    let length = c.context + c.score + 1
    guard c.segments >= 1, document.count >= length else {
      throw ContextError(
        .badInput,
        "the document has \(document.count) tokens; a context of \(c.context) and \(c.score) scored tokens need \(length)"
      )
    }
    var rows: [PerplexityRow] = []
    for policy in c.policies {
      let counts = policy.method == .fullAttention ? [1] : c.chunkCounts
      rows += counts.map { PerplexityRow(policy: policy.name, context: c.context, chunks: $0) }
    }
    let contexts = EvaluationContexts(model: model, threads: threads, codec: c.codec)
    for segment in 0..<c.segments {
      progress(segment)
      let start = Self.start(of: segment, configuration: c, documentTokens: document.count)
      let context = Array(document[start..<start + c.context])
      let tail = Array(document[start + c.context..<start + length])
      try measure(context: context, tail: tail, contexts: contexts, into: &rows)
    }
    for index in rows.indices { rows[index].finish(segments: c.segments) }
    return rows
  }

  /// Segments lie evenly over the document; the seed moves all of them together.
  package static func start(of segment: Int, configuration c: Configuration, documentTokens: Int) -> Int {
    let room = documentTokens - (c.context + c.score + 1)
    guard room > 0 else { return 0 }
    let step = room / c.segments
    let offset = step > 0 ? Int((c.seed &* 0x9E37_79B9_7F4A_7C15) >> 33) % step : 0
    return min(room, segment * step + offset)
  }

  private func measure(
    context: [Int32],
    tail: [Int32],
    contexts: EvaluationContexts,
    into rows: inout [PerplexityRow]
  ) throws {
    let without = try causalLoss(before: [], tail: tail, contexts: contexts)
    let full = try causalLoss(before: context, tail: tail, contexts: contexts)
    var encoded: [EncodingKey: MergedContext] = [:]
    var index = 0
    for policy in configuration.policies {
      switch policy.method {
      case .causal:
        rows[index].add(loss: full.loss, without: without.loss, full: full.loss, seconds: full.seconds)
        index += 1
      case .parallel(_, let reading):
        for chunks in configuration.chunkCounts {
          let key = EncodingKey(chunks: chunks, encoding: policy.method.encoding)
          let merged = try encoded[key] ?? encode(context, key, contexts: contexts)
          encoded[key] = merged
          let found = try policyLoss(reading, context: merged, tail: tail)
          rows[index].add(loss: found.loss, without: without.loss, full: full.loss, seconds: found.seconds)
          rows[index].add(statistics: found.statistics)
          index += 1
        }
      }
    }
  }

  private struct EncodingKey: Hashable {
    var chunks: Int
    var encoding: ChunkEncoding
  }

  private func encode(
    _ context: [Int32],
    _ key: EncodingKey,
    contexts: EvaluationContexts
  ) throws -> MergedContext {
    let plan = try contexts.plan(
      context,
      cutting: .count(key.chunks),
      sink: sink,
      encoding: key.encoding
    )
    return try contexts.merged(context, plan: plan, encoding: key.encoding)
  }

  /// One causal pass over the sink, as much of the text before as the model was trained for, and the tail.
  private func causalLoss(
    before: [Int32],
    tail: [Int32],
    contexts: EvaluationContexts
  ) throws -> (loss: Double, seconds: Double) {
    let began = monotonicSeconds()
    let session = try contexts.causalSession(before: before, tail: tail, sink: sink)
    let loss = try NextTokenLoss.mean(
      tail,
      vocabulary: model.configuration.vocabulary,
      rowsAtOnce: Self.rowsAtOnce,
      read: { rows, out in try session.logits(rows: rows, into: out) }
    )
    return (loss, monotonicSeconds() - began)
  }

  private func policyLoss(
    _ reading: Reading,
    context: MergedContext,
    tail: [Int32]
  ) throws -> (loss: Double, seconds: Double, statistics: QueryStatistics) {
    let began = monotonicSeconds()
    let session = try QueryEngine(model: model, threads: threads)
      .session(
        tail,
        reading: reading,
        extra: 0,
        over: context,
        comparesWithExact: configuration.comparesWithExact
      )
    try session.append(tail)
    let loss = try NextTokenLoss.mean(
      tail,
      vocabulary: model.configuration.vocabulary,
      rowsAtOnce: min(Self.rowsAtOnce, session.rowsAtOnce),
      read: { rows, out in try session.logits(rows: rows, into: out) }
    )
    return (loss, monotonicSeconds() - began, session.statistics)
  }

  private static let rowsAtOnce = 64
}
