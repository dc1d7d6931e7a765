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
}
