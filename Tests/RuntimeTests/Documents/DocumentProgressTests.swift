internal import APITypes
internal import Cluster
internal import KVFormat
internal import Runtime
internal import Testing

@Suite("The progress of one document")
struct DocumentProgressTests {
  private func progress(chunks: Int) -> DocumentProgress {
    DocumentProgress(
      status: DocumentStatus(
        id: "d",
        name: "text",
        state: .queued,
        tokens: chunks * 100,
        chunks: chunks,
        sinkTokens: 3,
        created: 0
      ),
      figures: DocumentFigures(tokens: chunks * 100, chunks: chunks, chunkTokens: 100, sinkTokens: 3),
      began: 5
    )
  }

  private func committed(_ chunk: Int, from leased: Double, to committed: Double) -> DocumentProgress.Event {
    let report = ChunkReport(
      worker: "w1",
      compute: "f32",
      computeSeconds: 2,
      wireSeconds: 0.5,
      sinkDigest: 0,
      attempt: 1,
      leasedAt: leased,
      committedAt: committed,
      codec: .bf16,
      wireBytes: 1000
    )
    return .committed(chunk: chunk, tokens: 100, leadTokens: 16, bytes: 1200, report: report)
  }

  @Test func statusTotalsAndTimelineChangeTogether() throws {
    var progress = progress(chunks: 2)
    #expect(progress.status.state == .queued && progress.openChunks == 2)
    _ = progress.apply(.leased, at: 6, workers: 3)
    #expect(progress.status.state == .encoding)
    _ = progress.apply(.retried, at: 7, workers: 3)
    let told = progress.apply(committed(1, from: 6, to: 8), at: 8, workers: 3)
    guard case .progress(let figures)? = told else {
      Issue.record("\(String(describing: told))")
      return
    }
    #expect((figures.chunksDone, figures.retries, figures.workers, figures.tokensPerSecond) == (1, 1, 3, 50))
    #expect((progress.status.chunksDone, progress.status.tokensDone, progress.openChunks) == (1, 100, 1))
    #expect(progress.receivedBytes == 1200)
    _ = progress.apply(committed(0, from: 7, to: 9), at: 9, workers: 3)
    #expect(progress.apply(.encoded(copies: 4), at: 9, workers: 3) == nil)
    let end = progress.apply(.merged(seconds: 0.25, lanes: ["w1": 2]), at: 10, workers: 3)
    guard case .done(let summary)? = end else {
      Issue.record("\(String(describing: end))")
      return
    }
    #expect(progress.status.state == .ready && progress.isOver)
    #expect((summary.encode.seconds, summary.encode.waitSeconds, summary.encode.mergeSeconds) == (4, 1, 0.25))
    #expect(summary.encode.computeSecondsMax == 2)
    let timeline = progress.timeline
    #expect((timeline.retries, timeline.copies) == (1, 4))
    #expect(timeline.chunks.map(\.leasedSeconds) == [0, 1])
  }

  @Test func nothingFollowsTheEnd() {
    for end in [DocumentProgress.Event.failed("no worker"), .merged(seconds: 0, lanes: [:])] {
      var progress = progress(chunks: 1)
      #expect(progress.apply(end, at: 6, workers: 1) != nil)
      let status = progress.status
      for event in [DocumentProgress.Event.leased, .retried, committed(0, from: 0, to: 1), .failed("again")] {
        #expect(progress.apply(event, at: 7, workers: 1) == nil)
      }
      #expect(progress.status == status)
    }
  }

  @Test func aFailedDocumentHoldsNothingAndSaysWhy() {
    var progress = progress(chunks: 2)
    _ = progress.apply(.leased, at: 6, workers: 1)
    _ = progress.apply(committed(0, from: 6, to: 7), at: 7, workers: 1)
    let told = progress.apply(.failed("a chunk failed"), at: 8, workers: 1)
    #expect(told == .failed(message: "a chunk failed"))
    #expect((progress.status.state, progress.status.error) == (.failed, "a chunk failed"))
    #expect((progress.openChunks, progress.receivedBytes) == (0, 0))
  }
}
