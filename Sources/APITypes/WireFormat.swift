/// How keys and values are coded on their way from a worker to the coordinator.
public enum WireFormat: String, Codable, Hashable, Sendable, CaseIterable {
  /// By each worker's link: `int8` where it is slower than the worker computes.
  case auto
  /// As they are computed.
  case bf16
  /// In about half the bytes, at little loss.
  case int8
}
