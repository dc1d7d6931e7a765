internal import KVFormat

/// A property in which two sides do not agree.
package struct IdentityDifference: Hashable, Sendable, CustomStringConvertible {
  /// The property, in words.
  package let property: String
  /// The worker's value, or its values.
  package let worker: String
  /// The coordinator's value, or its values.
  package let coordinator: String

  /// One sentence for a person.
  package var description: String {
    "the worker's \(property) is \(worker), the coordinator's is \(coordinator)"
  }
}

extension ModelIdentity {
  private typealias Property = (name: String, value: (ModelIdentity) -> String)

  private static var properties: [Property] {
    [
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
      ("list of tokens that layers keep", { $0.shape.keptTokens.map(String.init).joined(separator: " ") }),
    ]
  }

  /// Compares a worker's model with a coordinator's.
  ///
  /// - Parameters:
  ///   - worker: An identity that the worker sent at registration.
  ///   - coordinator: The identity of a model of the coordinator.
  /// - Returns: The first property in which they differ, or nil when they agree.
  package static func difference(worker: ModelIdentity, coordinator: ModelIdentity) -> IdentityDifference? {
    for (property, value) in properties where value(worker) != value(coordinator) {
      return IdentityDifference(property: property, worker: value(worker), coordinator: value(coordinator))
    }
    return nil
  }

  /// Compares a worker with its coordinator, which have one model in common if they can work together.
  ///
  /// - Parameters:
  ///   - worker: The identities that the worker sent at registration.
  ///   - coordinator: The identities of the coordinator's models.
  /// - Returns: Nil when they have a model in common. Else, when both have a file in common, the first property in
  ///   which the two sides read it differently; when they have none, the hashes of the files of either side.
  package static func difference(
    worker: [ModelIdentity],
    coordinator: [ModelIdentity]
  ) -> IdentityDifference? {
    var closest: IdentityDifference?
    for theirs in worker {
      for ours in coordinator {
        guard let difference = difference(worker: theirs, coordinator: ours) else { return nil }
        if theirs.modelSHA256 == ours.modelSHA256, closest == nil { closest = difference }
      }
    }
    if let closest { return closest }
    let (name, value) = properties[0]
    return IdentityDifference(
      property: name,
      worker: listed(worker.map(value)),
      coordinator: listed(coordinator.map(value))
    )
  }

  /// Returns the first values of a list, and the number of the others.
  private static func listed(_ values: [String]) -> String {
    let shown = values.prefix(2).joined(separator: " or ")
    return values.count > 2 ? "\(shown) or one of \(values.count - 2) more" : shown
  }

  /// Returns the places of a coordinator's models in the list of a worker.
  ///
  /// - Parameters:
  ///   - coordinator: The identities of the coordinator's models.
  ///   - worker: The identities that the worker sent at registration.
  /// - Returns: For each of the coordinator's models the place in the worker's list; nil where the worker lacks it.
  package static func places(of coordinator: [ModelIdentity], in worker: [ModelIdentity]) -> [Int?] {
    // By the same comparison that a refusal is made by, so that no worker is taken without a model.
    coordinator.map { ours in worker.firstIndex { difference(worker: $0, coordinator: ours) == nil } }
  }
}
