/// A simulated scaling table: the same document, encoded by several numbers of workers, in chunks of one size
/// or several.
package struct ScalingPrediction: Sendable {
  /// The sizes of chunks that are tried.
  package enum ChunkChoice: Hashable, Sendable {
    /// The one that the coordinator would choose.
    case usual
    /// Each of these.
    case sizes([Int])
    /// The usual one and each of these; only the fastest is shown.
    case fastest([Int])
  }

  /// A document cut into chunks.
  package struct Cut: Hashable, Sendable {
    /// The intended size of a chunk, in tokens.
    package var chunkTokens: Int
    /// The chunks.
    package var chunks: [SimulatedChunk]

    package init(chunkTokens: Int, chunks: [SimulatedChunk]) {
      self.chunkTokens = chunkTokens
      self.chunks = chunks
    }
  }

  /// The configuration of all rows, except for workers and chunks.
  package var configuration: ClusterConfiguration
  /// The link in words.
  package var link: String
  /// The numbers of workers.
  package var workers: [Int]
  /// The sizes of chunks.
  package var choice: ChunkChoice

  package init(configuration: ClusterConfiguration, link: String, workers: [Int], choice: ChunkChoice) {
    self.configuration = configuration
    self.link = link
    self.workers = workers
    self.choice = choice
  }

  /// Simulates all rows.
  ///
  /// - Parameter cut: Cuts the document for a size of chunks, nil for the usual one, and a number of lanes.
  /// - Returns: The rows, by workers, then by size.
  /// - Throws: The errors of `cut`.
  package func rows<Failure>(
    cut: (_ chunkTokens: Int?, _ lanes: Int) throws(Failure) -> Cut
  ) throws(Failure) -> [SimulationRow] {
    let sizes: [Int?] =
      switch choice {
      case .usual: [nil]
      case .sizes(let sizes): sizes
      case .fastest(let sizes): [nil] + sizes
      }
    var baseline = Double.infinity
    for size in sizes {
      let cut = try cut(size, configuration.lanes)
      let outcome = outcome(workers: 1, cut, isBaseline: true).outcome
      baseline = min(baseline, outcome.encodeSeconds)
    }
    var rows: [SimulationRow] = []
    for count in workers {
      var tried: [SimulationRow] = []
      for size in sizes {
        let cut = try cut(size, count * configuration.lanes)
        // The usual size may be one of those to be tried.
        if tried.contains(where: { $0.chunkTokens == cut.chunkTokens && $0.chunks == cut.chunks.count }) {
          continue
        }
        let (configuration, outcome) = outcome(workers: count, cut, isBaseline: false)
        tried.append(
          SimulationRow(
            configuration,
            outcome,
            chunkTokens: cut.chunkTokens,
            link: link,
            baseline: baseline
          )
        )
      }
      rows += chosen(tried)
    }
    return rows
  }

  /// Returns the rows to be shown of those for one number of workers.
  private func chosen(_ tried: [SimulationRow]) -> [SimulationRow] {
    guard choice != .usual else { return tried }
    let times = tried.map { $0.encodeSeconds ?? .infinity }
    let best = times.indices.min { times[$0] < times[$1] }
    if case .fastest = choice {
      return best.map { [tried[$0]] } ?? []
    }
    var rows = tried
    if rows.count > 1 { for index in rows.indices { rows[index].isBest = index == best } }
    return rows
  }

  private func outcome(
    workers: Int,
    _ cut: Cut,
    isBaseline: Bool
  ) -> (configuration: ClusterConfiguration, outcome: SimulationOutcome) {
    var configuration = configuration
    configuration.workers = workers
    configuration.chunks = cut.chunks
    if isBaseline {
      configuration.speeds = .constant
      configuration.failures.chance = 0
    }
    var simulation = ClusterSimulation(configuration)
    return (configuration, simulation.run())
  }
}
