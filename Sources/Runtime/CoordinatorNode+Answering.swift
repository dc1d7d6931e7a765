internal import APITypes
internal import ParallelContext
internal import Synchronization
internal import Tokenizers
internal import Transformer

extension CoordinatorNode {
  /// Starts an answer; what can be checked beforehand is checked before the stream begins.
  nonisolated func answer(
    _ request: ChatRequest,
    over context: MergedContext,
    of document: [Int32]
  ) throws(ServiceError) -> AsyncThrowingStream<AnswerEvent, any Error> {
    let tail = try prompts.tail(request.messages)
    let sampling = AnswerSampling(request)
    let query: QueryEngine.Query
    let engine = QueryEngine(model: loaded.model, threads: configuration.threads)
    do throws(ContextError) {
      query = QueryEngine.Query(
        tokens: tail,
        policy: try policy(request.policy),
        maximumTokens: request.maxTokens ?? configuration.answerTokens,
        stopTokens: prompts.tokenizer.stopTokens,
        temperature: sampling.temperature,
        topP: sampling.topP,
        seed: sampling.seed ?? 0,
        penalties: sampling.penalties
      )
      try engine.check(query, over: context)
    } catch {
      throw ServiceError(.badInput, error.message)
    }
    // Bounded by the answer's length, which the model's context bounds.
    let (stream, continuation) = AsyncThrowingStream.makeStream(
      of: AnswerEvent.self,
      throwing: (any Error).self,
      bufferingPolicy: .unbounded
    )
    let reading = Reading()
    continuation.onTermination = { _ in reading.stop() }
    let tokenizer = prompts.tokenizer
    let stops = StopStrings(request.stop)
    let compute = compute
    let explained = request.explain ? document : nil
    Task {
      do {
        let summary = try await compute.run {
          guard reading.isOn else { throw CancellationError() }
          let (report, isStopped) = try Self.generate(
            query,
            engine,
            context,
            tokenizer,
            stops,
            reading,
            continuation
          )
          var summary = Self.summary(report, query, context, isStopped: isStopped)
          summary.figures.seed = sampling.seed
          summary.figures.explanation = explained.map { document in
            AnswerExplanation(report.statistics, chunks: context.plan.chunks) {
              AnswerExplanation.excerpt(document[$0], tokenizer)
            }
          }
          return summary
        }
        continuation.yield(.finished(summary))
        continuation.finish()
      } catch is ComputeThread.Full {
        continuation.finish(
          throwing: ServiceError(.unavailable, "too many questions are waiting; ask again in a moment")
        )
      } catch {
        continuation.finish(throwing: error)
      }
    }
    return stream
  }

  private nonisolated func policy(_ text: String?) throws(ContextError) -> AttentionPolicy {
    guard let text else { return .best }
    return try AttentionPolicy(parsing: text)
  }

  private static func generate(
    _ query: QueryEngine.Query,
    _ engine: QueryEngine,
    _ context: MergedContext,
    _ tokenizer: Tokenizer,
    _ stops: StopStrings,
    _ reading: Reading,
    _ continuation: AsyncThrowingStream<AnswerEvent, any Error>.Continuation
  ) throws -> (report: QueryEngine.Report, isStopped: Bool) {
    var decoder = StreamDecoder(tokenizer)
    var stops = stops
    continuation.yield(.delta(ChatDelta(role: .assistant)))
    let report = try engine.answer(query, over: context) { token in
      let text = stops.append(decoder.append(token))
      if !text.isEmpty { continuation.yield(.delta(ChatDelta(content: text))) }
      return reading.isOn && !stops.isComplete
    }
    let end = stops.append(decoder.finish())
    let isStopped = report.stopped || stops.isComplete
    let rest = end + stops.finish()
    if !rest.isEmpty { continuation.yield(.delta(ChatDelta(content: rest))) }
    return (report, isStopped)
  }

  private static func summary(
    _ report: QueryEngine.Report,
    _ query: QueryEngine.Query,
    _ context: MergedContext,
    isStopped: Bool
  ) -> AnswerSummary {
    let chunks = report.statistics.chunkUses.reduce(0, +)
    return AnswerSummary(
      finishReason: isStopped ? .stop : .length,
      usage: ChatUsage(
        promptTokens: context.plan.positionBase + context.plan.tokens + query.tokens.count,
        completionTokens: report.tokens
      ),
      figures: AnswerFigures(
        tokens: report.tokens,
        timeToFirstTokenSeconds: report.timeToFirstToken,
        secondsPerToken: report.secondsPerToken,
        entropyNats: report.statistics.meanEntropy,
        chunksSelected: Double(chunks) / Double(max(1, report.statistics.rowCount)),
        policy: query.policy.description
      )
    )
  }
}

/// Whether someone still reads an answer.
private final class Reading: Sendable {
  private let state = Atomic(true)
  var isOn: Bool { state.load(ordering: .relaxed) }
  func stop() { state.store(false, ordering: .relaxed) }
}
