package import KVFormat
package import ParallelContext
package import Transformer

/// An evaluation of how well a document's tokens are predicted from the text before them, for several
/// policies.
///
/// A segment of the document is a context and a tail. The tail's tokens are predicted in three ways:
///
/// 1. from the tail alone, behind the sink;
/// 2. from everything, in one causal pass;
/// 3. from the context's chunks, under a policy.
///
/// The share of the context's use that a policy keeps is
///
///     kept = (NLL without context - NLL of the policy) / (NLL without context - NLL of full attention)
package struct PerplexityEvaluation: Sendable {
  /// The settings of a measurement.
  package struct Configuration: Sendable {
    /// Tokens of a context.
    package var context: Int
    /// The number of tokens of a tail that are scored.
    package var score: Int
    /// The numbers of chunks into which a context is cut, one row of results for each.
    package var chunkCounts: [Int]
    /// The number of segments.
    package var segments: Int
    /// The policies.
    package var policies: [NamedMethod]
    /// The seed that decides where the segments begin.
    package var seed: UInt64
    /// True if choices of chunks are compared with those of the exact rule.
    package var comparesWithExact = false
    /// The codec by which the keys and values of chunks are coded, and decoded again, before they are merged.
    package var codec = KVCodec.bf16

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
  ///   - threads: The number of threads for encoding and for queries.
  ///   - configuration: The settings.
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
  ///   - progress: Called before each segment with its number, from 0.
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

  /// Returns the first token of a segment. Segments are spread evenly over the document; the seed moves all
  /// of them together.
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

  /// Measures one causal pass over the sink, as much of the text before the tail as fits the model, and the
  /// tail.
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
