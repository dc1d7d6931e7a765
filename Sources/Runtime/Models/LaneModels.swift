internal import Transformer
package import Worker

/// The encoder of a lane that has several models: each chunk goes to the encoder of its model.
///
/// The weights are shared by all lanes. Each encoder has working memory of its own, which is reserved at the start,
/// so that no chunk fails for want of it.
package final class LaneModels: LaneEncoder {
  private let encoders: [any LaneEncoder]

  /// Makes an encoder of encoders, one for each of the worker's models, in their order.
  package init(_ encoders: [any LaneEncoder]) { self.encoders = encoders }

  /// Encodes a chunk with its model.
  ///
  /// - Throws: `ModelError` when there is no such model, and what the model's encoder throws.
  package func encode(
    _ assignment: ChunkAssignment,
    into destination: UnsafeMutableRawBufferPointer,
    ready: (Int) -> Void,
    isCancelled: () -> Bool
  ) throws -> EncodeReport {
    guard encoders.indices.contains(assignment.model) else {
      throw ModelError(
        .badInput,
        "a chunk is of the model at place \(assignment.model), the lane has \(encoders.count) models"
      )
    }
    return try encoders[assignment.model].encode(
      assignment,
      into: destination,
      ready: ready,
      isCancelled: isCancelled
    )
  }
}
