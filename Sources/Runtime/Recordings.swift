internal import Crypto
internal import Memory
public import Worker

extension ContentDigest {
  /// The SHA-256 of some bytes.
  public static let sha256: Function = { content in
    var hash = SHA256()
    content.withUnsafeBytes { hash.update(bufferPointer: $0) }
    // A SHA-256 has as many bytes as a digest wants.
    return ContentDigest(hash.finalize()) ?? ContentDigest.zero
  }
}

extension LoadedModel {
  /// Encodes chunks on this thread, one after the other, and records them.
  ///
  /// - Parameters:
  ///   - chunks: The chunks.
  ///   - folder: Where they are recorded.
  /// - Throws: `RecordingError`, `ModelError`, or `CancellationError` when the task is cancelled.
  public func record(_ chunks: [ChunkAssignment], into folder: RecordingFolder) throws {
    let encoder = RecordingEncoder(try ModelLaneEncoder(model: model), into: folder)
    let memory = try AlignedBuffer(byteCount: chunks.map(\.kvByteCount).max() ?? 0)
    for chunk in chunks {
      _ = try encoder.encode(
        chunk,
        into: UnsafeMutableRawBufferPointer(rebasing: memory.mutableBytes[..<chunk.kvByteCount]),
        ready: { _ in },
        isCancelled: { Task.isCancelled }
      )
    }
  }
}
