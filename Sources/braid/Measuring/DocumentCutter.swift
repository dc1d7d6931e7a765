internal import Addresses
internal import CommandLineSupport
internal import ParallelContext
internal import Runtime
internal import Simulation

/// Cuts a document as a coordinator does, as far as its sizes go.
struct DocumentCutter: Sendable {
  /// For each token what ends after it, as the tokenizer tells; zeros where there is no text.
  var boundaries: [UInt8]
  var sinkTokens: Int
  /// Tokens before a chunk that it is read after; nil for the usual number.
  var left: Int?
  /// The length for which the model was trained.
  var contextTokens: Int

  /// The chunks of a document.
  ///
  /// - Parameters:
  ///   - chunkTokens: The size that is asked for, nil for the one the coordinator chooses.
  ///   - lanes: The lanes of all workers.
  /// - Returns: The chunks' sizes.
  /// - Throws: ``CommandFailure`` for sizes that do not fit the model.
  func cut(_ chunkTokens: Int?, lanes: Int) throws(CommandFailure) -> ScalingPrediction.Cut {
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
      throw CommandFailure(.badInput, error.message)
    }
  }
}
