package import KVFormat
package import Scheduling

/// A document to be encoded, as far as the cluster's decisions need it: sizes and limits, no tokens.
package struct ClusterJob: Hashable, Sendable {
  /// The sizes of one chunk.
  package struct Chunk: Hashable, Sendable {
    /// Tokens of the chunk.
    package var tokens: Int
    /// Bytes of its KV cache and summary in memory, and on the wire in ``KVCodec/bf16``.
    package var byteCount: Int
    /// Bytes on the wire for each codec that suits the chunk, ``KVCodec/bf16`` left out.
    package var codedByteCounts: [KVCodec: Int]

    package init(tokens: Int, byteCount: Int, codedByteCounts: [KVCodec: Int] = [:]) {
      self.tokens = tokens
      self.byteCount = byteCount
      self.codedByteCounts = codedByteCounts
    }

    /// Returns the bytes on the wire in a codec, nil for a codec that does not suit the chunk.
    package func wireByteCount(_ codec: KVCodec) -> Int? {
      codec == .bf16 ? byteCount : codedByteCounts[codec]
    }
  }

  /// The chunks, in document order.
  package var chunks: [Chunk]
  /// The model that encodes them.
  package var model: ModelIndex
  /// The most workers that share the job; nil for all.
  package var workerLimit: Int?
  /// The rule for the codec of each chunk.
  package var codec: CodecChoice

  package init(
    chunks: [Chunk],
    model: ModelIndex = .first,
    workerLimit: Int? = nil,
    codec: CodecChoice = .fixed(.bf16)
  ) {
    self.chunks = chunks
    self.model = model
    self.workerLimit = workerLimit
    self.codec = codec
  }
}

/// A reason for which a job is not taken in: a value to act on and not a message.
package enum JobRefusal: Error, Hashable, Sendable {
  /// The cluster is shutting down.
  case shuttingDown
  /// A job of this identifier is running.
  case running
}

/// A reason for which a job ended before all of its chunks were committed.
package enum JobFailure: Hashable, Sendable {
  /// One chunk failed too often: a sentence with the last reason.
  case tooManyAttempts(String)
  /// The job was cancelled.
  case cancelled
  /// The cluster was shut down.
  case shutDown
}
