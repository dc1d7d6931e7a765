internal import KVFormat
internal import Memory
internal import ParallelContext
package import Transformer
package import Worker

/// The encoder of one lane: a model behind the worker's protocol.
package final class ModelLaneEncoder: LaneEncoder {
  private let model: Model
  private let encoder: ChunkEncoder
  /// The sink of the last chunk; the chunks of a document share theirs.
  private var sink: (tokens: [Int32], cache: KVCache?, digest: UInt64) = ([], nil, 0)

  /// Reserves an encoder's memory.
  ///
  /// - Throws: `ModelError` when memory cannot be allocated.
  package init(model: Model) throws {
    self.model = model
    encoder = try ChunkEncoder(
      model: model,
      kvType: .bf16,
      tokens: min(2048, model.configuration.contextLength)
    )
  }

  /// Encodes a chunk layer by layer, with the summary of its keys.
  package func encode(
    _ assignment: ChunkAssignment,
    into destination: UnsafeMutableRawBufferPointer,
    ready: (Int) -> Void,
    isCancelled: () -> Bool
  ) throws -> EncodeReport {
    let began = monotonicSeconds()
    if sink.tokens != assignment.sinkTokens {
      let cache = try encoder.encodeSink(assignment.sinkTokens)
      sink = (assignment.sinkTokens, cache, sinkDigest(cache))
    }
    let shape = KVCacheShape(chunkOf: model.configuration, tokens: assignment.tokens.count, type: .bf16)
    let summaryShape = SummaryShape(
      shape,
      pairing: model.configuration.rope.pairing,
      content: assignment.summary
    )
    guard shape.byteCount == assignment.kvByteCount, summaryShape.byteCount == assignment.summaryByteCount,
      assignment.byteCount == destination.count, let base = destination.baseAddress
    else {
      throw ModelError(
        .badInput,
        "a chunk of \(shape.tokens) tokens has \(shape.byteCount) bytes and \(summaryShape.byteCount) of "
          + "summary \(assignment.summary.rawValue), not \(assignment.kvByteCount) and "
          + "\(assignment.summaryByteCount) in \(destination.count)"
      )
    }
    let before = assignment.sinkTokens.count + assignment.leadTokens.count
    guard assignment.positionBase >= before else {
      throw ModelError(
        .badInput,
        "a chunk behind \(before) tokens of sink and lead cannot begin at position \(assignment.positionBase)"
      )
    }
    let block = AlignedBuffer(lent: base, byteCount: destination.count)
    let cache = try KVCache(shape: shape, storage: block)
    let summary =
      summaryShape.byteCount > 0
      ? try ChunkSummary(shape: summaryShape, storage: block, offset: shape.byteCount) : nil
    do {
      try encoder.encode(
        assignment.tokens,
        lead: assignment.leadTokens,
        base: assignment.positionBase,
        behind: sink.cache,
        into: cache
      ) { layer throws(ModelError) in
        // A layer may be coded in place as soon as it is reported as ready.
        try summary?.fill(layer: layer, from: cache)
        ready(layer == shape.layers - 1 ? assignment.byteCount : shape.layerOffset(layer + 1))
        if isCancelled() { throw ModelError(.cancelled, "the chunk is no longer wanted") }
      }
    } catch {
      if error.code == .cancelled { throw CancellationError() }
      throw error
    }
    return EncodeReport(computeSeconds: monotonicSeconds() - began, sinkDigest: sink.digest)
  }
}
