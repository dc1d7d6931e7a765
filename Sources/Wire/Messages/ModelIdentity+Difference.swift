internal import KVFormat

/// A property in which two sides do not agree.
package struct IdentityDifference: Hashable, Sendable, CustomStringConvertible {
  /// The property, in words.
  package let property: String
  /// The worker's value.
  package let worker: String
  /// The coordinator's value.
  package let coordinator: String

  /// One sentence for a person.
  package var description: String {
    "the worker's \(property) is \(worker), the coordinator's is \(coordinator)"
  }
}

extension ModelIdentity {
  /// Compares a worker with its coordinator.
  ///
  /// - Parameters:
  ///   - worker: The identity that the worker sent at registration.
  ///   - coordinator: The identity of the coordinator's model.
  /// - Returns: The first property in which they differ, or nil when they agree.
  package static func difference(worker: ModelIdentity, coordinator: ModelIdentity) -> IdentityDifference? {
    let properties: [(String, (ModelIdentity) -> String)] = [
      ("model (SHA-256 of the file)", \.modelSHA256),
      ("tokenizer (SHA-256)", \.tokenizerSHA256),
      ("RoPE theta", { "\($0.rope.theta)" }),
      ("count of rotated dimensions", { "\($0.rope.dimensions)" }),
      ("RoPE pairing", \.rope.kind),
      ("RoPE scaling (hash)", \.rope.scalingHash),
      ("KV type", \.kvType.rawValue),
      ("layer count", { "\($0.shape.layers)" }),
      ("KV head count", { "\($0.shape.kvHeads)" }),
      ("head dimension", { "\($0.shape.headDimension)" }),
    ]
    for (property, value) in properties where value(worker) != value(coordinator) {
      return IdentityDifference(property: property, worker: value(worker), coordinator: value(coordinator))
    }
    return nil
  }
}
