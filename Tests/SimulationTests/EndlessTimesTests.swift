internal import Simulation
internal import Testing

/// Costs so large that times are beyond what a number of nanoseconds holds.
@Suite struct EndlessTimesTests {
  /// What 64 bits of nanoseconds hold, in seconds, where sums end instead of going over.
  private static let most = Double(Int64.max) * 1e-9

  private func outcome(_ configuration: ClusterConfiguration) -> SimulationOutcome {
    var simulation = ClusterSimulation(configuration)
    // Many more than an easy document takes.
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
