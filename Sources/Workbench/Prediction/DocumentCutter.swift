internal import Addresses
package import CommandLineSupport
internal import ParallelContext
internal import Runtime
package import Simulation

/// A document that is cut as a coordinator cuts it, as far as its sizes go.
package struct DocumentCutter: Sendable {
  /// For each token the strength of the boundary behind it, as the tokenizer tells; zeros where there is no text.
  package var boundaries: [UInt8]
  /// Tokens of the sink.
  package var sinkTokens: Int
  /// Tokens before a chunk that it is read after; nil for the usual number.
  package var left: Int?
  /// The length for which the model was trained.
  package var contextTokens: Int

  /// A cutter from its parts.
  package init(boundaries: [UInt8], sinkTokens: Int, left: Int?, contextTokens: Int) {
    self.boundaries = boundaries
    self.sinkTokens = sinkTokens
    self.left = left
    self.contextTokens = contextTokens
  }

  /// The chunks of a document.
  ///
  /// - Parameters:
  ///   - chunkTokens: The size that is asked for, nil for the one the coordinator chooses.
  ///   - lanes: The lanes of all workers.
  /// - Returns: The chunks' sizes.
  /// - Throws: ``CommandFailure`` for sizes that do not fit the model.
  package func cut(_ chunkTokens: Int?, lanes: Int) throws(CommandFailure) -> ScalingPrediction.Cut {
    let usual = CoordinatorConfiguration(listen: .freePort, threads: 1, documentBytes: 0)
    do throws(ContextError) {
      let plan = try ContextPlan(
        boundaries: boundaries,
        requestedTokens: chunkTokens,
        usualTokens: usual.chunkTokens,
        lead: Lead(left: left),
        lanes: lanes,
        sinkTokens: Array(repeating: 0, count: sinkTokens),
        contextLength: contextTokens
      )
      let chunks = plan.chunks.indices.map {
        SimulatedChunk(tokens: plan.chunks[$0].count, lead: plan.lead(of: $0).count)
      }
      return ScalingPrediction.Cut(chunkTokens: plan.chunkTokens, chunks: chunks)
    } catch {
      throw CommandFailure(.badInput, error.message, cause: error)
    }
  }
}
