package import KVFormat

/// Everything in which a worker must agree with its coordinator about a model.
package struct ModelIdentity: Hashable, Sendable {
  /// The SHA-256 of the model file, in lower-case hexadecimal.
  package var modelSHA256: String
  /// The SHA-256 over vocabulary and merges, in lower-case hexadecimal.
  package var tokenizerSHA256: String
  /// The settings by which positions enter the keys.
  package var rope: RopeSettings
  /// The type of the KV cache's elements.
  package var kvType: KVType
  /// The sizes of the KV cache.
  package var shape: KVShape

  package init(
    modelSHA256: String,
    tokenizerSHA256: String,
    rope: RopeSettings,
    kvType: KVType,
    shape: KVShape
  ) {
    self.modelSHA256 = modelSHA256
    self.tokenizerSHA256 = tokenizerSHA256
    self.rope = rope
    self.kvType = kvType
    self.shape = shape
  }
}

/// The settings by which positions enter a model's keys.
package struct RopeSettings: Hashable, Sendable {
  /// The base of the rotation's angles.
  package var theta: Double
  /// The number of rotated dimensions of a head.
  package var dimensions: Int
  /// The pairing of dimensions: `interleaved` or `halves`.
  package var kind: String
  /// The hash over the frequency scaling, empty without scaling.
  package var scalingHash: String

  package init(theta: Double, dimensions: Int, kind: String, scalingHash: String = "") {
    self.theta = theta
    self.dimensions = dimensions
    self.kind = kind
    self.scalingHash = scalingHash
  }
}
