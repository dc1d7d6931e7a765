internal import Benchmarks
internal import Testing

/// The runs of a plan, and their order.
@Suite struct ScalingPlanTests {
  private func words(_ plan: ScalingPlan) -> [String] {
    plan.steps(warmUpTokens: 100).map { step in
      let work =
        switch step.work {
        case .workers(let count): "\(count)"
        case .singleProcess: "s"
        }
      return "\(step.round):\(work):\(step.tokens)"
    }
  }

  @Test func worksTakeTurns() {
    let plan = ScalingPlan(workers: [1, 2], tokens: 1000, repetitions: 2)
    #expect(
      words(plan) == [
        "0:s:100", "0:2:100", "1:s:1000", "1:1:1000", "1:2:1000", "2:s:1000", "2:1:1000", "2:2:1000",
      ]
    )
    #expect(plan.allTokens == [1000])
  }

  @Test func aWeakDocumentGrowsWithItsWorkers() {
    let plan = ScalingPlan(
      workers: [1, 4],
      tokens: 50,
      isWeak: true,
      repetitions: 1,
      includesSingleProcess: false
    )
    #expect(words(plan) == ["0:4:100", "1:1:50", "1:4:200"])
    #expect(plan.allTokens == [50, 200])
    #expect(
      ScalingPlan(workers: [2, 4], tokens: 50, isWeak: true, repetitions: 1).tokens(of: .singleProcess) == 200
    )
  }

  @Test func furtherLengthsAreRunOnceByTheMostWorkers() {
    let plan = ScalingPlan(
      workers: [2, 1],
      tokens: 80,
      repetitions: 1,
      includesSingleProcess: false,
      lengths: [20, 40, 80]
    )
    #expect(words(plan) == ["0:2:80", "1:2:80", "1:1:80", "1:2:20", "1:2:40"])
    #expect(plan.allTokens == [20, 40, 80])
  }
}

/// Fits to measured times.
@Suite struct ScalingFitTests {
  @Test func amdahlsLawIsFoundWhereItHolds() throws {
    let fit = try #require(AmdahlFit([1, 2, 4, 8].map { ($0, 2 + 30 / Double($0)) }))
    #expect(abs(fit.serial - 2) < 1e-9 && abs(fit.parallel - 30) < 1e-9)
    #expect(abs(fit.serialShare - 2.0 / 32) < 1e-9)
    #expect(try abs(#require(fit.limit) - 16) < 1e-6)
  }

  @Test func noPartOfTheTimeIsBelowZero() throws {
    let faster = try #require(AmdahlFit([(1, 30), (2, 14), (4, 6)]))
    #expect(faster.serial == 0 && faster.parallel > 25)
    #expect(faster.limit == nil)
    let slower = try #require(AmdahlFit([(1, 10), (2, 12)]))
    #expect(slower.parallel == 0 && slower.serial == 11 && slower.serialShare == 1)
    #expect(AmdahlFit([(2, 10), (2, 12)]) == nil)
  }

  @Test func aCausalCurveGoesOnQuadratically() throws {
    func seconds(_ tokens: Int) -> Double { 1e-3 * Double(tokens) + 1e-7 * Double(tokens * tokens) }
    let fit = try #require(CausalFit([1000, 2000, 4000].map { ($0, seconds($0)) }))
    #expect(abs(fit.seconds(tokens: 64_000) / seconds(64_000) - 1) < 1e-6)
    // A single length shows nothing of the curve.
    let one = try #require(CausalFit([(1000, 2)]))
    #expect(one.quadratic == 0 && one.seconds(tokens: 3000) == 6)
    #expect(CausalFit([(1000, 2), (2000, 3)])?.quadratic == 0)
    #expect(CausalFit([(1000, 1), (2000, 9)])?.linear == 0)
    #expect(CausalFit([]) == nil)
  }

  @Test func passesAreMeasuredUpToTheLimit() {
    func lengths(wanted: [Int], limit: Double) -> [Int] {
      var measured: [(tokens: Int, seconds: Double)] = []
      while let next = CausalLengths.next(wanted: wanted, measured: measured, limit: limit) {
        measured.append((next, 1e-3 * Double(next) + 1e-7 * Double(next * next)))
      }
      return measured.map(\.tokens)
    }
    #expect(lengths(wanted: [32_768], limit: 1e9) == [1024, 2048, 4096, 8192, 16_384, 32_768])
    // 32,768 would take 140 s.
    #expect(lengths(wanted: [32_768], limit: 60) == [1024, 2048, 4096, 8192, 16_384])
    #expect(lengths(wanted: [3000, 5000], limit: 60) == [1024, 2048, 3000, 5000])
    #expect(lengths(wanted: [500], limit: 60) == [500])
    #expect(lengths(wanted: [], limit: 60) == [])
  }
}
