internal import Simulation
internal import Testing
internal import Workbench

@Suite("A real encoding and its simulations")
struct ValidationRoundTests {
  /// 1,000 rows take 1,000 * (0.001 + 0.000001 * 1,000) = 2 s.
  private let costs = CostModel(secondsPerRow: 0.001, secondsPerRowSquared: 1e-6, bytesPerToken: 1)
  private let chunks = [SimulatedChunk(tokens: 1000), SimulatedChunk(tokens: 1000)]

  @Test("The computing time of a real run replaces that of the costs, and has sending in it")
  func computing() {
    // 2 workers for 3 s are 6 s, where the costs have 4 s.
    let run = ValidationSamples.summary(seconds: 4, computeSecondsMean: 3, workers: 2)
    let own = costs.computing(chunks, as: run)
    #expect(abs(own.secondsPerRow - 0.0015) < 1e-12)
    #expect(abs(own.secondsPerRowSquared - 1.5e-6) < 1e-15)
    #expect(own.sendSecondsPerByte == 0)
    #expect(own.receiveSecondsPerByte == costs.receiveSecondsPerByte)
  }

  @Test("Two workers take as long as a chunk on cores of their own, and twice as long on one core")
  func simulations() {
    func round(cores: Int) -> ValidationRound {
      ValidationRound(
        ValidationSamples.summary(seconds: 5, computeSecondsMean: 3, workers: 2),
        costs: costs,
        chunks: chunks,
        workers: 2,
        cores: cores
      )
    }
    let (shared, apart) = (round(cores: 1), round(cores: 4))
    #expect(shared.measured == 5 && apart.measured == 5)
    #expect(abs(apart.predicted - 2) < 0.1)
    #expect(abs(shared.predicted - 4) < 0.1)
    #expect(abs(shared.byOwnRate - 3) < 0.1, "what cores took is in the real run's time already")
    #expect(apart.byOwnRate == shared.byOwnRate)
  }
}
