internal import APITypes
internal import CommandLineSupport
internal import Testing
internal import Workbench

@Suite("The end of an encoding")
struct ScalingTargetTests {
  private let progress = DocumentEvent.progress(
    EncodeProgress(
      chunksDone: 1,
      chunks: 2,
      tokensDone: 5,
      tokens: 10,
      tokensPerSecond: 1,
      workers: 1,
      retries: 0
    )
  )
  private let summary = EncodeSummary(
    document: DocumentFigures(tokens: 10, chunks: 2, chunkTokens: 5, sinkTokens: 1),
    encode: EncodeFigures(
      seconds: 2,
      waitSeconds: 0,
      tokensPerSecond: 5,
      computeSecondsMax: 1,
      computeSecondsMean: 1,
      wallOverCompute: nil,
      wireSeconds: 0,
      mergeSeconds: 0,
      wireBytes: 100,
      retries: 0
    ),
    workers: []
  )

  private func last(_ events: [DocumentEvent]) async throws -> EncodeSummary {
    try await EncodeSummary.last(
      of: AsyncStream { stream in
        for event in events { stream.yield(event) }
        stream.finish()
      }
    )
  }

  @Test("Progress is passed over until the summary comes")
  func done() async throws {
    #expect(try await last([progress, progress, .done(summary)]) == summary)
  }

  @Test("A failure is told in its own words")
  func failed() async {
    await #expect(throws: CommandFailure(.failed, "chunk 3 failed three times")) {
      try await last([progress, .failed(message: "chunk 3 failed three times")])
    }
  }

  @Test("Events that end early are a failure")
  func endsEarly() async {
    await #expect(throws: CommandFailure(.failed, "The encoding ended without a result.")) {
      try await last([progress])
    }
  }
}
