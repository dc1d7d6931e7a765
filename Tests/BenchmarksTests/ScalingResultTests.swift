internal import APITypes
internal import Benchmarks
internal import Charts
internal import Testing

/// Rows computed from runs.
@Suite struct ScalingResultTests {
  private let facts = ScalingFacts(
    lanes: 1,
    chunkTokens: 100,
    leftTokens: 20,
    link: "loopback TCP",
    compute: "bf16",
    modelSHA256: "ab",
    build: "b",
    cpu: "c",
    gemmPeakGflops: 200,
    limitPerThread: [1000: 125]
  )

  private func sample(_ workers: Int, round: Int, seconds: Double, tokens: Int = 1000) -> ScalingSample {
    let chunks = tokens / 100
    return ScalingSample(
      step: ScalingPlan.Step(work: .workers(workers), tokens: tokens, round: round),
      summary: EncodeSummary(
        document: DocumentFigures(tokens: tokens, chunks: chunks, chunkTokens: 100, sinkTokens: 5),
        encode: EncodeFigures(
          seconds: seconds,
          waitSeconds: 0.5,
          tokensPerSecond: Double(tokens) / seconds,
          computeSecondsMax: seconds * 0.9,
          computeSecondsMean: seconds * 0.75,
          wallOverCompute: nil,
          wireSeconds: 0.25,
          mergeSeconds: 0.125,
          wireBytes: 1 << 20,
          retries: 1
        ),
        workers: []
      ),
      timeline: DocumentTimeline(
        chunks: (0..<chunks).map {
          ChunkSpan(
            chunk: $0,
            worker: "w\($0 % workers + 1)",
            tokens: 100,
            leadTokens: $0 == 0 ? 0 : 20,
            leasedSeconds: Double($0),
            committedSeconds: Double($0) + 1,
            computeSeconds: 0.5
          )
        },
        retries: 1
      ),
      threads: workers
    )
  }

  private func alone(round: Int, busy: [Double]) -> ScalingSample {
    ScalingSample(
      step: ScalingPlan.Step(work: .singleProcess, tokens: 1000, round: round),
      laneSeconds: busy,
      chunks: Array(repeating: 100, count: 10),
      leadTokens: 180,
      sinkTokens: 5
    )
  }

  private func result(
    _ samples: [ScalingSample],
    isWeak: Bool = false,
    causal: [(tokens: Int, seconds: Double)] = []
  ) -> ScalingResult {
    ScalingResult(
      plan: ScalingPlan(
        workers: [2, 1],
        tokens: isWeak ? 500 : 1000,
        isWeak: isWeak,
        repetitions: 3,
        includesSingleProcess: samples.contains { $0.step.work == .singleProcess }
      ),
      facts: facts,
      samples: samples,
      causal: causal,
      causalThreads: 2
    )
  }

  @Test func ratiosAreTakenRoundByRound() throws {
    // The machine is half as fast in the second round, for all.
    let result = result([
      sample(2, round: 1, seconds: 5), sample(1, round: 1, seconds: 9), sample(2, round: 2, seconds: 10),
      sample(1, round: 2, seconds: 18), sample(2, round: 3, seconds: 5), sample(1, round: 3, seconds: 10),
    ])
    #expect(result.rows.map(\.workers) == [2, 1])
    let two = result.rows[0]
    #expect(two.encodeSeconds == 5 && two.encodeSecondsP95 == 10 && two.repetitions == 3)
    #expect(try abs(#require(two.speedup) - 1.8) < 1e-9)
    #expect(try abs(#require(two.efficiency) - 0.9) < 1e-9)
    #expect(result.rows[1].speedup == 1 && result.rows[1].efficiency == 1)
    #expect(try abs(#require(two.stragglerRatio) - 1.2) < 1e-9)
    #expect(two.retries == 3 && two.wireBytes == 1 << 20 && two.queueSeconds == 0.5)
    #expect(two.limitTokensPerSecond == 250 && two.lanes == 1 && two.link == "loopback TCP")
    #expect(result.amdahl != nil)
    #expect(result.typicalRun?.chunks.count == 10)
    #expect(result.lengths.map(\.tokens) == [1000])
  }

  @Test func duplicatedTokensAreLeadsAndFurtherLeases() {
    #expect(ScalingSample.duplicatedShare(tokens: 800, leadTokens: 200, chunks: 10, extraLeases: 0) == 0.2)
    let share = ScalingSample.duplicatedShare(tokens: 800, leadTokens: 200, chunks: 10, extraLeases: 2)
    #expect(abs(share - 400.0 / 1200) < 1e-12)
    #expect(ScalingSample.duplicatedShare(tokens: 0, leadTokens: 0, chunks: 0, extraLeases: 3) == 0)
  }

  @Test func oneProcessAndFullAttentionStandInTheSameTable() throws {
    let result = result(
      [
        alone(round: 1, busy: [4, 3]), sample(2, round: 1, seconds: 5), sample(1, round: 1, seconds: 10),
      ],
      causal: [(250, 4), (500, 10)]
    )
    #expect(result.rows.map(\.kind) == [.singleProcess, .fullAttention, .workers, .workers])
    #expect(result.rows[0].threads == 2 && result.rows[0].workers == nil && result.rows[0].link == nil)
    #expect(result.rows[0].speedup == 2.5 && result.rows[0].efficiency == 1.25)
    let full = result.rows[1]
    #expect(full.extrapolated == true && full.tokens == 1000)
    #expect(abs(full.encodeSeconds - 28) < 1e-9)
    #expect(full.efficiency == nil)
    #expect(try abs(#require(full.speedup) - 10.0 / 28) < 1e-9)
    let measured = self.result([sample(1, round: 1, seconds: 10)], causal: [(500, 10), (1000, 30)]).rows[0]
    #expect(measured.extrapolated == false && measured.encodeSeconds == 30)
  }

  @Test func weakScalingComparesRates() throws {
    let result = result(
      [sample(2, round: 1, seconds: 10, tokens: 1000), sample(1, round: 1, seconds: 9, tokens: 500)],
      isWeak: true
    )
    #expect(result.rows.map(\.tokens) == [1000, 500])
    #expect(try abs(#require(result.rows[0].efficiency) - 0.9) < 1e-9)
    #expect(result.amdahl == nil)
    #expect(result.lines[0].hasPrefix("weak scaling"))
  }

  @Test func theReportHasAllChartsAndNeedsNothingElse() {
    let result = result(
      [
        alone(round: 1, busy: [4, 3]), sample(2, round: 1, seconds: 5), sample(1, round: 1, seconds: 10),
      ],
      causal: [(250, 4), (500, 10)]
    )
    let report = result.report(command: "braid bench scaling --workers 2,1")
    let page = report.page()
    #expect(page.name == "report.html")
    #expect(page.content.split(separator: "<svg ").count == 6)
    for text in ["full attention, extrapolated", "merging", "w2, 1, computing", "2 workers"] {
      #expect(page.content.contains(text), "\(text)")
    }
    #expect(
      !page.content.contains("<link") && !page.content.contains("<script") && !page.content.contains("src=")
    )
    #expect(result.markdown.contains { $0.hasPrefix("| 2 workers | 2 | 1,000 | 10 | 5.00 |") })
  }
}

/// The assignment of a run's chunks to lanes.
@Suite struct LaneHistoryTests {
  private func span(_ chunk: Int, _ worker: String, _ leased: Double, _ computed: Double, _ end: Double)
    -> ChunkSpan
  {
    ChunkSpan(
      chunk: chunk,
      worker: worker,
      tokens: 1,
      leasedSeconds: leased,
      committedSeconds: end,
      computeSeconds: 10,
      wireSeconds: end - computed
    )
  }

  @Test func aLeaseAheadOfTimeWaitsForItsLane() {
    let lanes = LaneHistory.lanes(
      of: DocumentTimeline(chunks: [span(0, "w1", 0, 10, 10.5), span(2, "w1", 9, 20, 20.5)]),
      lanesPerWorker: 1
    )
    #expect(lanes.map(\.name) == ["w1"])
    #expect(
      lanes[0].chunks == [
        LaneHistory.Chunk(chunk: 0, start: 0, computed: 10, end: 10.5),
        LaneHistory.Chunk(chunk: 2, start: 10, computed: 20, end: 20.5),
      ]
    )
  }

  @Test func chunksGoToTheLaneThatIsFree() {
    let lanes = LaneHistory.lanes(
      of: DocumentTimeline(chunks: [
        span(1, "w10", 0, 12, 12), span(0, "w2", 0, 10, 10), span(3, "w2", 0, 11, 11),
        span(4, "w2", 9, 20, 20),
      ]),
      lanesPerWorker: 2
    )
    #expect(lanes.map(\.name) == ["w2.1", "w2.2", "w10.1"])
    #expect(lanes[0].chunks.map(\.chunk) == [0, 4])
    #expect(lanes[1].chunks.map(\.chunk) == [3])
  }
}
