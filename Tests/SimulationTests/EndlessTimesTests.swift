internal import Simulation
internal import Testing

/// Costs so large that 64 bits cannot hold the times in nanoseconds.
@Suite struct EndlessTimesTests {
  /// The most seconds that 64 bits of nanoseconds hold, where sums end instead of overflowing.
  private static let most = Double(Int64.max) * 1e-9

  private func outcome(_ configuration: ClusterConfiguration) -> SimulationOutcome {
    var simulation = ClusterSimulation(configuration)
    // Many more events than a small document takes.
    return simulation.run(mostEvents: 20_000)
  }

  @Test func aLinkThatTakesForEverDoesNotOverflow() {
    var configuration = cluster(workers: 32, chunks: 32)
    configuration.link.bytesPerSecond = 1e-6
    let outcome = outcome(configuration)
    #expect(!outcome.isComplete && outcome.linkSeconds == Self.most)
  }

  @Test func aCoordinatorThatTakesForEverDoesNotOverflow() {
    var configuration = cluster(workers: 32, chunks: 32)
    configuration.costs.ingestBytesPerSecond = 1e-6
    let outcome = outcome(configuration)
    #expect(!outcome.isComplete && outcome.coordinatorSeconds == Self.most)
  }
}
