internal import APITypes
internal import ParallelContext
internal import Synchronization
internal import Tokenizers
internal import Transformer

extension CoordinatorNode {
  /// Starts an answer. All checks that need no computing come before the stream begins.
  nonisolated func answer(
    _ request: ChatRequest,
    by model: ServedModel,
    over context: MergedContext,
    of document: [Int32]
  ) throws(ServiceError) -> AsyncThrowingStream<AnswerEvent, any Error> {
    let prompts = model.prompts
    let tail = try prompts.tail(request.messages)
    let sampling = AnswerSampling(request)
    let query: QueryEngine.Query
    let reader: DocumentReader
    do throws(ContextError) {
      let asked = try NamedMethod(parsing: request.policy ?? "best")
      reader = DocumentReader(
        engine: QueryEngine(model: model.loaded.model, threads: configuration.threads),
        context: context,
        document: document,
        asked: asked
      )
      query = QueryEngine.Query(
        tokens: tail,
        reading: asked.method.reading ?? .best,
        maximumTokens: request.maxTokens ?? configuration.answerTokens,
        stopTokens: prompts.tokenizer.stopTokens,
        temperature: sampling.temperature,
        topP: sampling.topP,
        seed: sampling.seed ?? 0,
        penalties: sampling.penalties,
        drafts: request.lookup
      )
      try reader.check(query)
    } catch {
      throw ServiceError(.badInput, error.message, cause: error)
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
            reader,
            tokenizer,
            stops,
            reading,
            continuation
          )
          var summary = Self.summary(report, query, reader, isStopped: isStopped)
          summary.figures.seed = sampling.seed
          if let document = explained, let statistics = report.statistics {
            summary.figures.explanation = AnswerExplanation(statistics, chunks: context.plan.chunks) {
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

  private static func generate(
    _ query: QueryEngine.Query,
    _ reader: DocumentReader,
    _ tokenizer: Tokenizer,
    _ stops: StopStrings,
    _ reading: Reading,
    _ continuation: AsyncThrowingStream<AnswerEvent, any Error>.Continuation
  ) throws -> (report: QueryEngine.Report, isStopped: Bool) {
    var decoder = StreamDecoder(tokenizer)
    var stops = stops
    continuation.yield(.delta(ChatDelta(role: .assistant)))
    let report = try reader.answer(query) { token in
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
    _ reader: DocumentReader,
    isStopped: Bool
  ) -> AnswerSummary {
    let plan = reader.context.plan
    return AnswerSummary(
      finishReason: isStopped ? .stop : .length,
      usage: ChatUsage(
        promptTokens: plan.positionBase + plan.tokens + query.tokens.count,
        completionTokens: report.tokens
      ),
      figures: AnswerFigures(
        tokens: report.tokens,
        timeToFirstTokenSeconds: report.timeToFirstToken,
        secondsPerToken: report.secondsPerToken,
        entropyNats: report.statistics?.meanEntropy,
        chunksSelected: report.statistics.map { statistics in
          Double(statistics.chunkUses.reduce(0, +)) / Double(max(1, statistics.rowCount))
        },
        draftedTokens: query.drafts ? report.drafted : nil,
        acceptedTokens: query.drafts ? report.accepted : nil,
        policy: reader.asked.method.description
      )
    )
  }
}

/// True while someone reads an answer.
private final class Reading: Sendable {
  private let state = Atomic(true)
  var isOn: Bool { state.load(ordering: .relaxed) }
  func stop() { state.store(false, ordering: .relaxed) }
}
