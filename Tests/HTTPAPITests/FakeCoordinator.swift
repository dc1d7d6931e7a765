internal import APITypes
internal import Synchronization

/// A coordinator that computes nothing: it repeats what a test told it, and notes what it was asked.
final class FakeCoordinator: CoordinatorService {
  struct State {
    var documents: [DocumentStatus] = []
    var texts: [String: [UInt8]] = [:]
    var submissions: [DocumentSubmission] = []
    var questions: [ChatRequest] = []
    var answersStopped = 0
    var workersPortProblem: String?
  }

  let state = Mutex(State())
  /// The events of every document.
  let script: [DocumentEvent]
  /// The pieces of every answer.
  let pieces: [String]
  /// The pause before each event and piece.
  let pause: Duration

  static let summary = EncodeSummary(
    document: DocumentFigures(tokens: 2000, chunks: 2, chunkTokens: 1000, sinkTokens: 32),
    encode: EncodeFigures(
      seconds: 2,
      waitSeconds: 0.5,
      tokensPerSecond: 1000,
      computeSecondsMax: 1.5,
      computeSecondsMean: 1.25,
      wallOverCompute: 1.25,
      wireSeconds: 0.25,
      mergeSeconds: 0.125,
      wireBytes: 46_080_000,
      retries: 1
    ),
    workers: [WorkerFigures(id: "w1", chunks: 2, tokensPerSecond: 800)]
  )

  static let explanation = AnswerExplanation(
    layers: [
      AnswerExplanation.Layer(
        layer: 0,
        sink: 0.5,
        tail: 0.125,
        rest: 0.125,
        chunks: [AnswerExplanation.Chunk(chunk: 1, share: 0.25, used: 0.75)]
      )
    ],
    passages: [
      AnswerExplanation.Passage(chunk: 1, firstToken: 1000, lastToken: 1999, share: 0.25, text: "中\n")
    ]
  )

  static let progress = EncodeProgress(
    chunksDone: 1,
    chunks: 2,
    tokensDone: 1000,
    tokens: 2000,
    tokensPerSecond: 500,
    secondsLeft: 2,
    workers: 2
  )

  init(
    script: [DocumentEvent] = [.progress(progress), .done(summary)],
    pieces: [String] = ["Forty", "-two"],
    pause: Duration = .zero
  ) {
    self.script = script
    self.pieces = pieces
    self.pause = pause
  }

  func submit(_ submission: DocumentSubmission, bytes: [UInt8]) async throws -> DocumentStatus {
    guard !bytes.isEmpty else { throw ServiceError(.badInput, "The document is empty.") }
    return state.withLock { state in
      let status = DocumentStatus(
        id: "doc-\(state.documents.count + 1)",
        name: submission.name,
        model: submission.model,
        state: .queued,
        tokens: 2000,
        chunks: 2,
        sinkTokens: 32,
        created: 1_700_000_000
      )
      state.documents.append(status)
      state.texts[status.id] = bytes
      state.submissions.append(submission)
      return status
    }
  }

  func documents() async throws -> [DocumentStatus] { state.withLock { $0.documents } }

  func document(_ id: String) async throws -> DocumentStatus {
    guard let found = state.withLock({ $0.documents.first { $0.id == id } }) else {
      throw ServiceError(.notFound, "There is no document \(id).")
    }
    return found
  }

  func events(_ id: String) async throws -> AsyncStream<DocumentEvent> {
    _ = try await document(id)
    let (stream, continuation) = AsyncStream.makeStream(
      of: DocumentEvent.self,
      bufferingPolicy: .bufferingNewest(8)
    )
    let task = Task {
      for event in script {
        try? await Task.sleep(for: pause)
        continuation.yield(event)
        if event.isFinal { continuation.finish() }
      }
    }
    continuation.onTermination = { _ in task.cancel() }
    return stream
  }

  static let timeline = DocumentTimeline(
    chunks: [
      ChunkSpan(
        chunk: 1,
        worker: "w1",
        tokens: 1000,
        leadTokens: 256,
        leasedSeconds: 0,
        committedSeconds: 1.25,
        computeSeconds: 1
      )
    ],
    retries: 1
  )

  func timeline(_ id: String) async throws -> DocumentTimeline {
    _ = try await document(id)
    return Self.timeline
  }

  func delete(_ id: String) async throws {
    _ = try await document(id)
    state.withLock { $0.documents.removeAll { $0.id == id } }
  }

  func answer(_ request: ChatRequest) async throws -> AsyncThrowingStream<AnswerEvent, any Error> {
    let document = try await document(request.document)
    state.withLock { $0.questions.append(request) }
    if document.name == "unready" { throw ServiceError(.notReady, "The document is not encoded yet.") }
    let (stream, continuation) = AsyncThrowingStream.makeStream(of: AnswerEvent.self)
    let task = Task {
      continuation.yield(.delta(ChatDelta(role: .assistant)))
      for piece in pieces {
        try await Task.sleep(for: pause)
        continuation.yield(.delta(ChatDelta(content: piece)))
      }
      if document.name == "breaks" {
        continuation.finish(throwing: ServiceError(.failed, "The model broke."))
        return
      }
      let figures = AnswerFigures(
        tokens: pieces.count,
        timeToFirstTokenSeconds: 0.5,
        secondsPerToken: 0.01,
        entropyNats: 1.5,
        explanation: request.explain ? Self.explanation : nil
      )
      let usage = ChatUsage(promptTokens: 2040, completionTokens: pieces.count)
      continuation.yield(.finished(AnswerSummary(finishReason: .stop, usage: usage, figures: figures)))
      continuation.finish()
    }
    continuation.onTermination = { [self] reason in
      guard case .cancelled = reason else { return }
      task.cancel()
      state.withLock { $0.answersStopped += 1 }
    }
    return stream
  }

  func workers() async throws -> [WorkerStatus] {
    [
      WorkerStatus(
        id: "w1",
        name: "left",
        state: .busy,
        lanes: 2,
        lanesBusy: 1,
        compute: "bf16",
        chunks: 3,
        tokensPerSecond: 800,
        failures: 0,
        lastSeenSeconds: 0.5
      )
    ]
  }

  func status() async throws -> CoordinatorStatus {
    CoordinatorStatus(
      version: "0.1.0",
      model: "Fake-1",
      modelSHA256: "ab",
      models: ["Fake-1", "Fake-2"].map {
        ModelStatus(id: $0, sha256: "ab", workers: 1, lanes: 2, documents: 0)
      },
      uptimeSeconds: 10,
      controlAddress: "tcp://127.0.0.1:7700",
      workers: 1,
      lanes: 2,
      documents: 1,
      chunksQueued: 3,
      chunksLeased: 1,
      kvBytes: 4096,
      workersPortProblem: state.withLock { $0.workersPortProblem }
    )
  }
}
