public import KVFormat

/// Everything in which a worker must agree with its coordinator.
public struct ModelIdentity: Hashable, Sendable {
  /// The SHA-256 of the model file, in lower-case hexadecimal.
  public var modelSHA256: String
  /// The SHA-256 over vocabulary and merges, in lower-case hexadecimal.
  public var tokenizerSHA256: String
  /// The settings by which positions enter the keys.
  public var rope: RopeSettings
  /// The type of the KV cache's elements.
  public var kvType: KVType
  /// The sizes of the KV cache.
  public var shape: KVShape

  public init(
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
public struct RopeSettings: Hashable, Sendable {
  /// The base of the rotation's angles.
  public var theta: Double
  /// The number of rotated dimensions of a head.
  public var dimensions: Int
  /// The pairing of dimensions: `interleaved` or `halves`.
  public var kind: String
  /// The hash over the frequency scaling, empty without scaling.
  public var scalingHash: String

  public init(theta: Double, dimensions: Int, kind: String, scalingHash: String = "") {
    self.theta = theta
    self.dimensions = dimensions
    self.kind = kind
    self.scalingHash = scalingHash
  }
}
