internal import Crypto
internal import Memory
internal import Transformer

/// The first 64 bits of the SHA-256 of a sink's keys and values, by which processes detect any difference
/// between theirs; 0 for no sink.
func sinkDigest(_ sink: KVCache?) -> UInt64 {
  guard let sink else { return 0 }
  var hash = SHA256()
  hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: sink.storage.bytes[..<sink.shape.byteCount]))
  return hash.finalize().prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
}
