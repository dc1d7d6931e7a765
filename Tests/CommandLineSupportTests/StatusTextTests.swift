internal import APITypes
internal import CommandLineSupport
internal import Testing

@Suite("Tables of what a coordinator says")
struct StatusTextTests {
  @Test("Numbers that no coordinator should send do no harm", arguments: [Int.min, -1, 0, .max])
  func extremes(_ number: Int) {
    let document = DocumentStatus(
      id: "d",
      name: "n",
      state: .encoding,
      tokens: number,
      chunks: number,
      sinkTokens: number,
      chunksDone: number,
      created: number
    )
    for now in [Int.min, 0, .max] { #expect(StatusText.documents([document], now: now).count == 2) }
    let worker = WorkerStatus(
      id: "w",
      name: "n",
      state: .idle,
      lanes: number,
      lanesBusy: number,
      compute: "bf16",
      chunks: number,
      tokensPerSecond: .greatestFiniteMagnitude,
      failures: number,
      lastSeenSeconds: -.greatestFiniteMagnitude
    )
    #expect(StatusText.workers([worker]).count == 2)
  }

  private static func status(_ models: [ModelStatus]?) -> CoordinatorStatus {
    CoordinatorStatus(
      version: "1",
      model: "a",
      modelSHA256: "aa",
      models: models,
      uptimeSeconds: 1,
      controlAddress: "tcp://127.0.0.1:7700",
      workers: 1,
      lanes: 2,
      documents: 1,
      chunksQueued: 0,
      chunksLeased: 0,
      kvBytes: 0
    )
  }

  @Test("Of several models each has a line, and one without workers says so")
  func models() {
    let first = ModelStatus(id: "a", sha256: "aa", workers: 1, lanes: 2, documents: 0)
    let second = ModelStatus(id: "b", sha256: "bb", workers: 0, lanes: 0, documents: 1)
    for models in [nil, [first]] {
      let lines = StatusText.coordinator(Self.status(models))
      #expect(lines.filter { $0.hasPrefix("model ") } == ["model      a (sha256 aa)"])
    }
    #expect(
      StatusText.coordinator(Self.status([first, second])).filter { $0.hasPrefix("model ") } == [
        "model      a (sha256 aa): 0 documents, 1 worker with 2 lanes",
        "model      b (sha256 bb): 1 document, no worker, so that documents wait",
      ]
    )
  }

  @Test("A document of another model and one that waits are told apart")
  func waiting() {
    var documents = ["a", "b"].map { model in
      DocumentStatus(
        id: "d",
        name: "n",
        model: model,
        state: .queued,
        tokens: 1,
        chunks: 1,
        sinkTokens: 1,
        created: 0
      )
    }
    documents[1].waiting = "no connected worker has its model, b"
    let lines = StatusText.documents(documents, now: 0)
    #expect(lines[0].contains("model"))
    #expect(lines[2].hasSuffix("b      n: waits, no connected worker has its model, b"))
    #expect(!StatusText.documents([documents[0]], now: 0)[0].contains("model"))
  }
}
