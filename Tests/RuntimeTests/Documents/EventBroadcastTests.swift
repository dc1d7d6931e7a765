internal import APITypes
internal import Runtime
internal import Testing

@Suite struct EventBroadcastTests {
  private func progress(_ chunks: Int) -> DocumentEvent {
    .progress(
      EncodeProgress(chunksDone: chunks, chunks: 9, tokensDone: 0, tokens: 9, tokensPerSecond: 0, workers: 1)
    )
  }

  private func all(_ stream: AsyncStream<DocumentEvent>) async -> [DocumentEvent] {
    var events: [DocumentEvent] = []
    for await event in stream { events.append(event) }
    return events
  }

  @Test func aLateReaderGetsThePresentStateFirst() async {
    var broadcast = EventBroadcast()
    broadcast.send(progress(1))
    broadcast.send(progress(2))
    let late = broadcast.subscribe { _ in }
    var iterator = late.makeAsyncIterator()
    #expect(await iterator.next() == progress(2))
    broadcast.send(progress(3))
    #expect(await iterator.next() == progress(3))
  }

  @Test func aSlowReaderMissesProgressButNotTheEnd() async {
    var broadcast = EventBroadcast()
    let slow = broadcast.subscribe { _ in }
    for chunk in 1...100 { broadcast.send(progress(chunk)) }
    broadcast.send(.failed(message: "no workers"))
    #expect(await all(slow) == [.failed(message: "no workers")])
  }

  @Test func nothingFollowsTheEnd() async {
    var broadcast = EventBroadcast()
    broadcast.send(.failed(message: "first"))
    broadcast.send(.failed(message: "second"))
    broadcast.send(progress(1))
    #expect(await all(broadcast.subscribe { _ in }) == [.failed(message: "first")])
  }

  @Test func aReaderThatLeavesIsReported() async {
    var broadcast = EventBroadcast()
    let (left, continuation) = AsyncStream.makeStream(of: Int.self)
    do {
      let stream = broadcast.subscribe { continuation.yield($0) }
      let reader = Task { for await _ in stream {} }
      reader.cancel()
      await reader.value
    }
    for await number in left {
      #expect(number == 0)
      break
    }
  }
}
