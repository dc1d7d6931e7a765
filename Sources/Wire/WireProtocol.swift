/// The limits that both ends of a connection know.
package enum WireProtocol {
  /// The version of messages and frames; a peer of another version is refused.
  package static let version: UInt32 = 5

  /// The most bytes of a ``WorkerRequest``.
  package static let maximumRequestBytes = 64 << 10

  /// The most models that a worker can have.
  package static let maximumModels = 64

  /// The most bytes of a ``CoordinatorReply``: a lease of ``maximumTokens`` tokens and its other fields.
  package static let maximumReplyBytes = (4 << 20) + (64 << 10)

  /// The most bytes of a body of `begin` and `end`, and of a ``BulkReply``.
  package static let maximumBulkMessageBytes = 4 << 10

  /// The most tokens of one lease, sink, lead and chunk together.
  package static let maximumTokens = 1_000_000

  /// The least and the most payload bytes of a frame that the two sides can agree on.
  package static let frameBytes = (64 << 10)...(8 << 20)

  /// Frame sizes are multiples of this many bytes.
  package static let frameGranularity = 4 << 10

  /// The most bytes of one chunk's KV cache and its summary together.
  package static let maximumChunkBytes = 64 << 30

  /// The longest time that a worker can report for a chunk, in seconds: some thirty years.
  package static let maximumSeconds = 1e9

  /// Returns the size of frames that suits two sides.
  ///
  /// - Parameters:
  ///   - first: The most payload bytes that one side accepts.
  ///   - second: The most payload bytes that the other side accepts.
  /// - Returns: The payload bytes of every frame but a chunk's last, or nil when one side accepts less than
  ///   the least.
  package static func agreedFrameBytes(_ first: Int, _ second: Int) -> Int? {
    let bytes = min(first, second, frameBytes.upperBound) / frameGranularity * frameGranularity
    return bytes >= frameBytes.lowerBound ? bytes : nil
  }
}
