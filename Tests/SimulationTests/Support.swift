internal import Scheduling
internal import Simulation

/// Figures with memory for all transfers.
let generousFigures = ClusterFigures(transferBudgetBytes: 1 << 50)

/// The costs of a lane alone: a second for a chunk of 1,000 tokens.
let computeOnly = CostModel(
  secondsPerRow: 1e-3,
  secondsPerRowSquared: 0,
  layers: 10,
  bytesPerToken: 1000,
  ingestBytesPerSecond: 1e15,
  messageSeconds: 0,
  leaseSeconds: 0,
  mergeSeconds: 0,
  sendSecondsPerByte: 0,
  receiveSecondsPerByte: 0
)

/// A cluster with a link that takes no time.
func cluster(
  workers: Int,
  chunks: Int,
  tokens: Int = 1000,
  costs: CostModel = computeOnly
) -> ClusterConfiguration {
  ClusterConfiguration(
    workers: workers,
    chunks: Array(repeating: SimulatedChunk(tokens: tokens), count: chunks),
    costs: costs,
    link: LinkModel(bytesPerSecond: 1e15, latencySeconds: 0),
    figures: generousFigures
  )
}

func simulated(_ configuration: ClusterConfiguration) -> SimulationOutcome {
  var simulation = ClusterSimulation(configuration)
  return simulation.run()
}
