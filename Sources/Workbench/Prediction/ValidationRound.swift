package import APITypes
package import Simulation

/// A real encoding and its simulations. Times are in seconds.
package struct ValidationRound: Hashable, Sendable {
  /// The time of the real one.
  package var measured: Double
  /// The time that is simulated with measured costs.
  package var predicted: Double
  /// The time that is simulated with the computing time of the real one.
  package var byOwnRate: Double

  /// A round from its times.
  package init(measured: Double, predicted: Double, byOwnRate: Double) {
    self.measured = measured
    self.predicted = predicted
    self.byOwnRate = byOwnRate
  }

  /// Simulates what was measured.
  ///
  /// - Parameters:
  ///   - summary: The real encoding.
  ///   - costs: The measured costs.
  ///   - chunks: The chunks of the document.
  ///   - workers: Local workers, with a lane each.
  ///   - cores: Cores that they share with the coordinator.
  package init(
    _ summary: EncodeSummary,
    costs: CostModel,
    chunks: [SimulatedChunk],
    workers: Int,
    cores: Int
  ) {
    func seconds(_ costs: CostModel, sharedCores: Int?) -> Double {
      var configuration = ClusterConfiguration(
        workers: workers,
        chunks: chunks,
        costs: costs,
        link: .loopback
      )
      configuration.sharedCores = sharedCores
      var simulation = ClusterSimulation(configuration)
      return simulation.run().encodeSeconds
    }
    measured = summary.encode.seconds
    predicted = seconds(costs, sharedCores: cores)
    byOwnRate = seconds(costs.computing(chunks, as: summary), sharedCores: nil)
  }
}

extension CostModel {
  /// The costs with the computing time of a real run, which has in it what shared cores took from it.
  ///
  /// - Parameters:
  ///   - chunks: The chunks of its document.
  ///   - run: The run.
  /// - Returns: Costs by which the chunks take as long to compute, and by which sending takes nothing from it.
  package func computing(_ chunks: [SimulatedChunk], as run: EncodeSummary) -> CostModel {
    let modelled = chunks.reduce(0) { $0 + computeSeconds($1) }
    let factor = run.encode.computeSecondsMean * Double(run.workers.count) / max(modelled, 1e-9)
    var costs = self
    costs.secondsPerRow *= factor
    costs.secondsPerRowSquared *= factor
    costs.sendSecondsPerByte = 0
    return costs
  }
}
