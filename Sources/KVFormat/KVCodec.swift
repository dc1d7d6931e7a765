/// The coding of a chunk's KV cache on its way from a worker to the coordinator.
package enum KVCodec: String, Codable, Hashable, Sendable, CaseIterable {
  /// The elements as they were computed.
  case bf16
  /// Int8 with bf16 scales: about half the bytes, at little loss.
  case int8
}
