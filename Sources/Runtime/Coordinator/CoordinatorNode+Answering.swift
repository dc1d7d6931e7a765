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
    let source: DocumentReader
    do throws(ContextError) {
      let asked = try NamedMethod(parsing: request.policy ?? "best")
      source = DocumentReader(
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
      try source.check(query)
    } catch {
      throw ServiceError(.badInput, error.message, cause: error)
    }
    // Bounded by the answer's length, which the model's context bounds.
    let (stream, continuation) = AsyncThrowingStream.makeStream(
      of: AnswerEvent.self,
      throwing: (any Error).self,
      bufferingPolicy: .unbounded
    )
    let reader = Reading()
    continuation.onTermination = { _ in reader.stop() }
    let (tokenizer, stops) = (prompts.tokenizer, StopStrings(request.stop))
    let explained = request.explain
    do throws(ComputeThread.Full) {
      try rounds.add(by: model) {
        let text = GrowingText(tokenizer, stops) { continuation.yield(.delta($0)) }
        return AskedQuestion(
          query,
          reading: try source.text(),
          isWanted: { reader.isOn },
          onToken: { text.append($0) },
          onEnd: { outcome in
            do {
              let report = try outcome.get()
              let isStopped = text.finish() || report.stopped
              var summary = Self.summary(report, query, source, isStopped: isStopped)
              summary.figures.seed = sampling.seed
              if explained, let statistics = report.statistics {
                summary.figures.explanation = AnswerExplanation(statistics, chunks: context.plan.chunks) {
                  AnswerExplanation.excerpt(document[$0], tokenizer)
                }
              }
              continuation.yield(.finished(summary))
              continuation.finish()
            } catch {
              continuation.finish(throwing: error)
            }
          }
        )
      } refused: {
        continuation.finish(throwing: $0)
      }
    } catch {
      throw ServiceError(.unavailable, "too many questions are waiting; ask again in a moment")
    }
    return stream
  }

  private static func summary(
    _ report: QueryEngine.Report,
    _ query: QueryEngine.Query,
    _ source: DocumentReader,
    isStopped: Bool
  ) -> AnswerSummary {
    let plan = source.context.plan
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
        policy: source.asked.method.description
      )
    )
  }
}

/// The text of an answer that grows by tokens.
private final class GrowingText {
  private var decoder: StreamDecoder
  private var stops: StopStrings
  private let send: (ChatDelta) -> Void

  /// Begins an answer: its role is told at once.
  init(_ tokenizer: Tokenizer, _ stops: StopStrings, send: @escaping (ChatDelta) -> Void) {
    decoder = StreamDecoder(tokenizer)
    self.stops = stops
    self.send = send
    send(ChatDelta(role: .assistant))
  }

  /// Adds a token.
  ///
  /// - Returns: False when a stop string has ended the answer.
  func append(_ token: Int32) -> Bool {
    let text = stops.append(decoder.append(token))
    if !text.isEmpty { send(ChatDelta(content: text)) }
    return !stops.isComplete
  }

  /// Sends what was held back.
  ///
  /// - Returns: True if a stop string has ended the answer.
  func finish() -> Bool {
    let end = stops.append(decoder.finish())
    let isComplete = stops.isComplete
    let rest = end + stops.finish()
    if !rest.isEmpty { send(ChatDelta(content: rest)) }
    return isComplete
  }
}

/// True while someone reads an answer.
private final class Reading: Sendable {
  private let state = Atomic(true)
  var isOn: Bool { state.load(ordering: .relaxed) }
  func stop() { state.store(false, ordering: .relaxed) }
}
