internal import APITypes
internal import Cluster
internal import KVFormat
internal import Runtime
internal import Testing

@Suite struct EncodeTallyTests {
  private func document(_ chunks: Int) -> DocumentFigures {
    DocumentFigures(tokens: chunks * 100, chunks: chunks, chunkTokens: 100, sinkTokens: 3)
  }

  private func report(
    _ worker: String,
    compute: Double,
    wire: Double,
    codec: KVCodec = .bf16,
    precision: String? = "int8"
  ) -> ChunkReport {
    ChunkReport(
      worker: worker,
      compute: precision,
      computeSeconds: compute,
      wireSeconds: wire,
      sinkDigest: 0,
      attempt: 1,
      codec: codec,
      wireBytes: codec == .int8 ? 516 : 1000
    )
  }

  @Test func progressTellsRateAndTimeLeft() {
    var tally = EncodeTally(document: document(4), began: 10)
    #expect(tally.progress(at: 11, workers: 2).secondsLeft == nil)
    tally.leased(at: 10)
    tally.committed(tokens: 100, bytes: 1000, report: report("w1", compute: 1, wire: 0))
    tally.retried()
    let progress = tally.progress(at: 12, workers: 2)
    #expect(progress.tokensPerSecond == 50)
    #expect(progress.secondsLeft == 6)
    #expect(progress.chunksDone == 1 && progress.tokensDone == 100 && progress.retries == 1)
  }

  @Test func summaryDividesAWorkersTimeAmongItsLanes() throws {
    var tally = EncodeTally(document: document(3), began: -2)
    tally.leased(at: 0)
    tally.leased(at: 1)
    tally.committed(tokens: 100, bytes: 1000, report: report("w1", compute: 2, wire: 0.5))
    tally.committed(tokens: 100, bytes: 1000, report: report("w2", compute: 3, wire: 0.1))
    tally.committed(tokens: 100, bytes: 1000, report: report("w1", compute: 4, wire: 0.5))
    let summary = tally.summary(at: 6, mergeSeconds: 0.25, lanes: ["w1": 2, "w2": 1])
    #expect(summary.encode.seconds == 6)
    #expect(summary.encode.waitSeconds == 2)
    #expect(summary.encode.wallOverCompute == 2)
    #expect(summary.encode.tokensPerSecond == 50)
    #expect(summary.encode.computeSecondsMax == 3)
    #expect(summary.encode.computeSecondsMean == 3)
    #expect(summary.encode.wireSeconds == 0.5)
    #expect(summary.encode.wireBytes == 3000)
    #expect(summary.workers.map(\.id) == ["w1", "w2"])
    #expect(summary.workers[0].chunks == 2)
    #expect(abs(summary.workers[0].tokensPerSecond - 200 / 6) < 1e-9)
  }

  @Test func bytesAreCountedAsTheyCameAndAsTheyAreHeld() {
    var tally = EncodeTally(document: document(3), began: 0)
    tally.committed(tokens: 100, bytes: 1000, report: report("w1", compute: 1, wire: 0, codec: .int8))
    #expect(tally.summary(at: 1, mergeSeconds: 0, lanes: [:]).encode.wire == "int8")
    tally.committed(tokens: 100, bytes: 1000, report: report("w1", compute: 1, wire: 0))
    let encode = tally.summary(at: 2, mergeSeconds: 0, lanes: [:]).encode
    #expect(encode.wire == "mixed")
    #expect(encode.wireBytes == 1516)
    #expect(tally.kvBytes == 2000)
  }

  @Test("The precision of the arithmetic is named, and said to be mixed where workers differ")
  func precisionIsNamed() {
    var tally = EncodeTally(document: document(3), began: 0)
    tally.committed(tokens: 100, bytes: 1000, report: report("w1", compute: 1, wire: 0, precision: nil))
    #expect(tally.summary(at: 1, mergeSeconds: 0, lanes: [:]).encode.compute == nil)
    tally.committed(tokens: 100, bytes: 1000, report: report("w1", compute: 1, wire: 0))
    #expect(tally.summary(at: 1, mergeSeconds: 0, lanes: [:]).encode.compute == "int8")
    tally.committed(tokens: 100, bytes: 1000, report: report("w2", compute: 1, wire: 0, precision: "f32"))
    #expect(tally.summary(at: 2, mergeSeconds: 0, lanes: [:]).encode.compute == "mixed")
  }

  @Test func withoutComputingThereIsNoRatioToIt() {
    var tally = EncodeTally(document: document(1), began: 0)
    tally.committed(tokens: 100, bytes: 1000, report: report("w1", compute: 0, wire: 0))
    #expect(tally.summary(at: 6, mergeSeconds: 0, lanes: [:]).encode.wallOverCompute == nil)
  }
}
