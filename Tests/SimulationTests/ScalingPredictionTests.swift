internal import Simulation
internal import Tables
internal import Testing

@Suite struct ScalingPredictionTests {
  /// A cut into chunks of one size, 1,000 tokens where none is asked for.
  private func cut(_ size: Int?, of tokens: Int) -> ScalingPrediction.Cut {
    let size = size ?? 1000
    let chunks = stride(from: 0, to: tokens, by: size).map {
      SimulatedChunk(tokens: min(size, tokens - $0), lead: min($0, 256))
    }
    return ScalingPrediction.Cut(chunkTokens: size, chunks: chunks)
  }

  private func rows(
    _ workers: [Int],
    tokens: Int,
    choice: ScalingPrediction.ChunkChoice = .usual,
    seed: UInt64 = 1
  ) -> [SimulationRow] {
    var configuration = ClusterConfiguration(
      workers: 1,
      speeds: .lognormal(sigma: 0.3),
      chunks: [],
      costs: CostModel(),
      failures: FailureModel(chance: 0.01)
    )
    configuration.seed = seed
    let prediction = ScalingPrediction(
      configuration: configuration,
      link: "10Gbit",
      workers: workers,
      choice: choice
    )
    return prediction.rows { size, _ in cut(size, of: tokens) }
  }

  @Test func theSameSeedGivesTheSameBytes() throws {
    let first = try TableText.csv(rows([1, 8, 64], tokens: 200_000))
    let again = try TableText.csv(rows([1, 8, 64], tokens: 200_000))
    let other = try TableText.csv(rows([1, 8, 64], tokens: 200_000, seed: 2))
    #expect(first == again)
    #expect(first != other)
    #expect(first.contains("\r\nsimulated,8,1,8,200000,"))
  }

  @Test func sizesAreComparedAndTheFastestIsMarked() throws {
    let sizes = [500, 1000, 4000]
    let all = rows([2, 16], tokens: 64_000, choice: .sizes(sizes))
    #expect(all.map(\.chunkTokens) == sizes + sizes)
    for count in [2, 16] {
      let some = all.filter { $0.workers == count }
      let best = try #require(some.min { ($0.encodeSeconds ?? .infinity) < ($1.encodeSeconds ?? .infinity) })
      #expect(some.filter { $0.isBest == true } == [best])
      let fastest = rows([count], tokens: 64_000, choice: .fastest(sizes))
      #expect(fastest.map(\.chunkTokens) == [best.chunkTokens])
    }
  }

  @Test func speedupIsAgainstOneHealthyWorkerOfSpeedOne() throws {
    let row = try #require(rows([4], tokens: 64_000).first)
    let costs = CostModel()
    let cut = cut(nil, of: 64_000)
    let alone = cut.chunks.reduce(0) { $0 + costs.computeSeconds($1) }
    let speedup = try #require(row.speedup)
    let seconds = try #require(row.encodeSeconds)
    #expect(abs(speedup * seconds / alone - 1) < 0.02)
    #expect(row.efficiency == speedup / 4)
  }

  @Test(.timeLimit(.minutes(1))) func thousandsOfWorkersAreSimulated() {
    let doublings = (0...12).map { 1 << $0 }
    let table = rows(doublings, tokens: 1_000_000, choice: .fastest([512, 2048]))
    #expect(table.count == 13)
    #expect(table.allSatisfy { $0.encodeSeconds != nil })
  }
}
