internal import Crypto
package import KVFormat
internal import Memory
internal import ParallelContext
package import Recordings
package import Transformer
package import Worker

extension ContentDigest {
  /// The SHA-256 of some bytes.
  package static let sha256: Function = { content in
    var hash = SHA256()
    content.withUnsafeBytes { hash.update(bufferPointer: $0) }
    // A SHA-256 has exactly the bytes of a digest.
    return ContentDigest(hash.finalize()) ?? ContentDigest.zero
  }
}

extension ChunkAssignment {
  /// A chunk of a model behind a sink, with the sizes that its KV cache and its summary have.
  ///
  /// - Parameters:
  ///   - tokens: The chunk's tokens.
  ///   - sink: The tokens of the sink.
  ///   - model: The model.
  ///   - content: The content of the summary of its keys.
  package init(
    _ tokens: [Int32],
    behind sink: [Int32],
    of model: ModelConfiguration,
    summaries content: SummaryContent
  ) {
    let shape = KVCacheShape(chunkOf: model, tokens: tokens.count, type: .bf16)
    self.init(
      sinkTokens: sink,
      tokens: tokens,
      positionBase: sink.count,
      kvByteCount: shape.byteCount,
      summary: content,
      summaryByteCount: SummaryShape(shape, pairing: model.rope.pairing, content: content).byteCount
    )
  }
}

extension LoadedModel {
  /// Encodes chunks on this thread, one after the other, and records them.
  ///
  /// - Parameters:
  ///   - chunks: The chunks.
  ///   - folder: The folder for the recordings.
  /// - Throws: `RecordingError`, `ModelError`, or `CancellationError` when the task is cancelled.
  package func record(_ chunks: [ChunkAssignment], into folder: RecordingFolder) throws {
    let encoder = RecordingEncoder(try ModelLaneEncoder(model: model), into: folder)
    let memory = try AlignedBuffer(byteCount: chunks.map(\.byteCount).max() ?? 0)
    for chunk in chunks {
      _ = try encoder.encode(
        chunk,
        into: UnsafeMutableRawBufferPointer(rebasing: memory.mutableBytes[..<chunk.byteCount]),
        ready: { _ in },
        isCancelled: { Task.isCancelled }
      )
    }
  }
}
