internal import APITypes
internal import Benchmarks
internal import Testing
internal import Workbench

@Suite("Runs of a scaling benchmark")
struct ScalingMeasurementTests {
  private func worker(_ id: String, lanes: Int) -> WorkerStatus {
    WorkerStatus(
      id: id,
      name: id,
      state: .idle,
      lanes: lanes,
      lanesBusy: 0,
      compute: "bf16",
      chunks: 0,
      tokensPerSecond: 0,
      failures: 0,
      lastSeenSeconds: 0
    )
  }

  @Test("Workers without a chunk count as well, as many as the run was to have")
  func threads() {
    let connected = [worker("a", lanes: 2), worker("b", lanes: 1), worker("c", lanes: 4)]
    func threads(_ count: Int, _ atWork: Set<String>) -> Int {
      ScalingMeasurement.threads(of: count, among: connected, atWork: atWork)
    }
    #expect(threads(1, ["c"]) == 4)
    #expect(threads(2, ["a"]) == 3)
    #expect(threads(2, ["c"]) == 6)
    #expect(threads(3, ["c"]) == 7)
    #expect(threads(5, ["a"]) == 7, "no more than there are")
    #expect(threads(1, ["a", "b"]) == 3, "another took over from one that was lost")
    #expect(ScalingMeasurement.threads(of: 2, among: [], atWork: []) == 1)
  }

  @Test("A line tells round, work, length and time")
  func lines() {
    func line(_ work: ScalingPlan.Work, round: Int, tokens: Int, seconds: Double) -> String {
      let step = ScalingPlan.Step(work: work, tokens: tokens, round: round)
      return ScalingMeasurement.line(step, tokens: tokens, seconds: seconds, repetitions: 3)
    }
    #expect(
      line(.workers(2), round: 1, tokens: 32768, seconds: 2.5)
        == "round 1 of 3, 2 workers: 32,768 tokens in 2.50 s"
    )
    #expect(
      line(.workers(1), round: 3, tokens: 1, seconds: 12) == "round 3 of 3, 1 worker: 1 token in 12.0 s"
    )
    #expect(
      line(.singleProcess, round: 0, tokens: 2048, seconds: 0.5)
        == "warm-up, one process: 2,048 tokens in 0.50 s"
    )
  }
}
