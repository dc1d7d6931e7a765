internal import KVFormat
internal import ParallelContext
internal import Threads
package import Transformer

/// Encodes documents on this process's lanes alone: what a scaling benchmark's workers are compared with.
///
/// Chunks get memory of their own, as a coordinator's do; there are no leases, frames and checksums.
package actor SingleProcessEncoder {
  /// What one document took, in seconds.
  package struct Outcome: Sendable, Hashable {
    /// From the first chunk to the last.
    package var seconds: Double
    /// Each lane's time from the first chunk to its last one.
    package var busy: [Double]

    /// An outcome from its times.
    package init(seconds: Double, busy: [Double]) {
      self.seconds = seconds
      self.busy = busy
    }
  }

  private let model: Model
  private let sink: KVCache?
  private let encoder: InProcessEncoder

  /// Makes the lanes.
  ///
  /// - Parameters:
  ///   - model: The weights.
  ///   - sink: The tokens before every chunk.
  ///   - lanes: Chunks encoded at a time, each on a processor of its own as far as there are any.
  ///   - chunkTokens: The most tokens of a chunk and what it is read after.
  /// - Throws: ``ModelError`` for a sink that does not fit the model, and when memory or a thread cannot be
  ///   had.
  package init(model: Model, sink: [Int32], lanes: Int, chunkTokens: Int) async throws {
    self.model = model
    encoder = try InProcessEncoder(
      model: model,
      kvType: .bf16,
      lanes: lanes,
      tokens: chunkTokens,
      processors: allowedProcessors()
    )
    self.sink = try await encoder.encodeSink(sink)
  }

  /// The number of chunks encoded at a time.
  package nonisolated var laneCount: Int { encoder.laneCount }

  /// Encodes a document.
  ///
  /// - Parameters:
  ///   - chunks: Its chunks.
  ///   - leads: What each is read after besides the sink; none for nothing.
  /// - Returns: What it took.
  /// - Throws: ``ModelError`` for a chunk that does not fit the model, and when memory cannot be had.
  package func encode(chunks: [[Int32]], leads: [[Int32]]) async throws -> Outcome {
    let runs = chunks.enumerated().map { index, tokens in
      InProcessEncoder.Run(tokens, lead: index < leads.count ? leads[index] : [])
    }
    let seconds = try await encoder.encode(runs, behind: sink).laneSeconds
    return Outcome(seconds: seconds.max() ?? 0, busy: seconds)
  }

  /// The matrix library's own speed with all lanes at work.
  ///
  /// - Returns: The mean of the lanes.
  /// - Throws: ``ModelError`` when the matrix library refuses.
  package func peak() async throws -> GEMMPeak { try await encoder.peak(of: model.linearLayers) }
}
