internal import APITypes
internal import Cluster
internal import KVFormat
internal import Runtime
internal import Testing

@Suite struct TimelineTallyTests {
  private func report(_ worker: String, from leased: Double, to committed: Double) -> ChunkReport {
    ChunkReport(
      worker: worker,
      compute: "f32",
      computeSeconds: 1,
      wireSeconds: 0.25,
      sinkDigest: 0,
      attempt: 2,
      leasedAt: leased,
      committedAt: committed,
      codec: .bf16,
      wireBytes: 0
    )
  }

  @Test func timesCountFromTheFirstLeaseWhateverIsCommittedFirst() {
    var tally = TimelineTally()
    tally.committed(1, tokens: 100, leadTokens: 16, report: report("w2", from: 11, to: 12))
    tally.committed(0, tokens: 90, leadTokens: 0, report: report("w1", from: 10, to: 12.5))
    tally.retried()
    tally.finished(copies: 3)
    let timeline = tally.value
    #expect(timeline.chunks.map(\.leasedSeconds) == [1, 0])
    #expect(timeline.chunks.map(\.committedSeconds) == [2, 2.5])
    #expect(timeline.chunks.map(\.chunk) == [1, 0])
    #expect(timeline.chunks.map(\.leadTokens) == [16, 0])
    #expect(timeline.chunks[0].attempt == 2 && timeline.chunks[0].computeSeconds == 1)
    #expect(timeline.retries == 1 && timeline.copies == 3)
  }

  @Test func aDocumentWithoutChunksHasAnEmptyTimeline() {
    #expect(TimelineTally().value == DocumentTimeline())
  }
}
