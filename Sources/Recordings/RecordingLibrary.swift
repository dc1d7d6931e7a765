internal import KVFormat
package import Memory
internal import Wire
package import Worker

/// The recorded chunks of a folder, mapped into memory once and shared by all lanes that replay them.
package final class RecordingLibrary: Sendable {
  /// A recorded chunk with its bytes.
  package struct Chunk: Sendable {
    /// The recording.
    package let recording: ChunkRecording
    /// Its KV cache and the summary behind it, which are only read. Valid while the chunk or the library
    /// lives.
    package let block: AlignedBuffer
    fileprivate let file: MappedFile

    /// Checks that ``block`` can be read: mapped bytes are gone when their file is cut short.
    ///
    /// - Throws: ``RecordingError/changed(path:)`` when the file has changed since it was mapped.
    package func checkUnchanged() throws(RecordingError) {
      do { try file.checkUnchanged() } catch { throw .changed(path: file.path, cause: error) }
    }

    /// Calls a function with the bytes of ``block``, which stay mapped meanwhile.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
      defer { withExtendedLifetime(file) {} }
      return try body(block.bytes)
    }
  }

  /// The model that recorded the chunks.
  package let model: RecordedModel
  /// The chunks, by key.
  package let chunks: [ContentDigest: Chunk]
  private let modelDigest: ContentDigest
  private let digest: ContentDigest.Function
  /// The first chunk, in the order of keys, of each form.
  private let standIns: [Form: Chunk]

  /// The properties in which a chunk must be like the one it stands in for.
  private struct Form: Hashable {
    var tokens: Int
    var kvByteCount: Int
    var summary: SummaryContent
    var summaryByteCount: Int

    init(_ assignment: ChunkAssignment) {
      tokens = assignment.tokens.count
      kvByteCount = assignment.kvByteCount
      summary = assignment.summary
      summaryByteCount = assignment.summaryByteCount
    }
  }

  /// Maps all chunks of a folder and checks them.
  ///
  /// - Parameters:
  ///   - path: The folder.
  ///   - checksBytes: True to read all bytes too, and compare them with their checksums.
  ///   - digest: Computes a SHA-256.
  /// - Throws: ``RecordingError`` for the first file that cannot be used, or when there is no chunk.
  package init(
    path: String,
    checksBytes: Bool = true,
    digest: @escaping ContentDigest.Function
  ) throws(RecordingError) {
    model = try RecordedModel(folder: path)
    modelDigest = digest(model.digestContent)
    self.digest = digest
    var chunks: [ContentDigest: Chunk] = [:]
    var standIns: [Form: Chunk] = [:]
    for name in try namesInFolder(path).sorted() where name.hasSuffix(RecordingFolder.suffix) {
      let file = try RecordingFolder.map("\(path)/\(name)")
      let chunk = try Self.chunk(
        in: file,
        path: "\(path)/\(name)",
        model: (model, modelDigest),
        checksBytes: checksBytes,
        digest: digest
      )
      chunks[chunk.recording.key] = chunk
      let form = Form(chunk.recording.assignment)
      standIns[form] = standIns[form] ?? chunk
    }
    guard !chunks.isEmpty else { throw .empty(path: path) }
    self.chunks = chunks
    self.standIns = standIns
  }

  private static func chunk(
    in file: MappedFile,
    path: String,
    model: (RecordedModel, digest: ContentDigest),
    checksBytes: Bool,
    digest: ContentDigest.Function
  ) throws(RecordingError) -> Chunk {
    let (recording, kvOffset) = try file.withBytes { bytes throws(RecordingError) in
      try ChunkRecording.read(bytes, path: path)
    }
    guard recording.model == model.digest else { throw .otherModel(path: path) }
    let identity = model.0.identity
    let expected = identity.shape.byteCount(
      tokens: recording.assignment.tokens.count,
      type: identity.kvType
    )
    guard expected == recording.assignment.kvByteCount, identity.shape.layers == recording.layers.count
    else { throw .damaged(path: path, reason: "its KV cache has not the model's shape") }
    let content = ChunkRecording.keyContent(of: recording.assignment, model: recording.model)
    guard digest(content) == recording.key else {
      throw .damaged(path: path, reason: "its key is not that of its tokens")
    }
    // Never written to: a replaying lane only announces bytes that are there.
    let base = UnsafeMutableRawPointer(mutating: file.bytes.baseAddress)
    guard let base else { throw .damaged(path: path, reason: "it is empty") }
    let block = AlignedBuffer(lent: base + kvOffset, byteCount: recording.assignment.byteCount)
    if checksBytes {
      if let layer = recording.firstDamagedLayer(of: block.bytes) {
        throw .damaged(path: path, reason: "layer \(layer) has other bytes than were recorded")
      }
      guard recording.isSummaryIntact(in: block.bytes) else {
        throw .damaged(path: path, reason: "the summary has other bytes than were recorded")
      }
    }
    return Chunk(recording: recording, block: block, file: file)
  }

  /// The key of a chunk.
  func key(of assignment: ChunkAssignment) -> ContentDigest {
    digest(ChunkRecording.keyContent(of: assignment, model: modelDigest))
  }

  /// Finds the recording of a chunk.
  ///
  /// - Parameters:
  ///   - assignment: The chunk.
  ///   - orStandIn: True to accept another chunk of the same length, with the same kind of summary.
  /// - Returns: The recorded chunk, or its stand-in.
  /// - Throws: ``RecordingError/notRecorded(tokens:key:)`` or ``RecordingError/noneOfLength(tokens:)``.
  package func chunk(for assignment: ChunkAssignment, orStandIn: Bool) throws(RecordingError) -> Chunk {
    let key = key(of: assignment)
    if let chunk = chunks[key], chunk.block.byteCount == assignment.byteCount { return chunk }
    let count = assignment.tokens.count
    guard orStandIn else { throw .notRecorded(tokens: count, key: key) }
    guard let standIn = standIns[Form(assignment)] else { throw .noneOfLength(tokens: count) }
    return standIn
  }
}

extension ChunkRecording {
  /// Compares all layers' bytes with their checksums.
  ///
  /// - Parameter bytes: The whole KV cache and the summary.
  /// - Returns: The first layer whose bytes are not those that were recorded, nil when all are.
  /// - Complexity: O(bytes).
  package func firstDamagedLayer(of bytes: UnsafeRawBufferPointer) -> Int? {
    layers.indices.first { !isIntact(layer: $0, of: bytes) }
  }

  /// Compares the bytes of one layer with their checksum.
  ///
  /// - Parameters:
  ///   - layer: The layer.
  ///   - bytes: The whole KV cache and the summary.
  /// - Returns: True if they are those that were recorded.
  package func isIntact(layer: Int, of bytes: UnsafeRawBufferPointer) -> Bool {
    guard layers.indices.contains(layer), bytes.count == assignment.byteCount else { return false }
    let end = end(ofLayer: layer)
    let part = bytes[end - layers[layer].byteCount..<end]
    return Checksum.crc32c(UnsafeRawBufferPointer(rebasing: part)) == layers[layer].checksum
  }

  /// Compares the bytes of the summary with their checksum.
  ///
  /// - Parameter bytes: The whole KV cache and the summary.
  /// - Returns: True if they are those that were recorded; of no summary, true if there is none.
  package func isSummaryIntact(in bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count == assignment.byteCount else { return false }
    let part = UnsafeRawBufferPointer(rebasing: bytes[assignment.kvByteCount...])
    return Checksum.crc32c(part) == summaryChecksum
  }
}
