internal import Glibc
internal import KVFormat
internal import SystemText
internal import Wire
package import Worker

/// A folder in which chunks are recorded, each in a file named by its key.
package struct RecordingFolder: Sendable {
  /// The folder.
  package let path: String
  /// The model that records.
  package let model: RecordedModel
  private let modelDigest: ContentDigest
  private let digest: ContentDigest.Function

  static let suffix = ".kv"

  /// Opens a folder, and makes it when there is none.
  ///
  /// - Parameters:
  ///   - path: The folder; its parent must exist.
  ///   - model: The model that records. A folder holds chunks of one model and one arithmetic.
  ///   - digest: Computes a SHA-256.
  /// - Throws: ``RecordingError`` when it cannot be made or holds chunks of another model.
  package init(
    path: String,
    model: RecordedModel,
    digest: @escaping ContentDigest.Function
  ) throws(RecordingError) {
    self.path = path
    self.model = model
    self.digest = digest
    modelDigest = digest(model.digestContent)
    let isMade = SystemText.withBytes(path) { mkdir($0, 0o755) == 0 || errno == EEXIST }
    guard isMade else { throw .system(path) }
    let file = "\(path)/\(RecordedModel.fileName)"
    guard SystemText.withBytes(file, { access($0, F_OK) }) == 0 else {
      let bytes = try model.fileBytes(path: file)
      try writeFile(file, bytes)
      return
    }
    guard try RecordedModel(folder: path) == model else { throw .otherModel(path: file) }
  }

  /// The bytes of each layer of a chunk's KV cache, as the model has them; empty if they cannot be counted.
  func layerByteCounts(of assignment: ChunkAssignment) -> [Int] {
    let (shape, type) = (model.identity.shape, model.identity.kvType)
    guard shape.byteCount(tokens: assignment.tokens.count, type: type) != nil else { return [] }
    return (0..<shape.layers).compactMap {
      shape.layerByteCount($0, tokens: assignment.tokens.count, type: type)
    }
  }

  /// Records a chunk; one that was recorded before is replaced.
  ///
  /// - Parameters:
  ///   - assignment: The chunk.
  ///   - bytes: Its KV cache and the summary behind it, `assignment.byteCount` bytes.
  ///   - report: The report of the encoder.
  ///   - layerSeconds: For each layer, the seconds from the start to its end, never less than before.
  /// - Throws: ``RecordingError`` when there are more or fewer bytes, or the file cannot be written.
  package func write(
    _ assignment: ChunkAssignment,
    bytes: UnsafeRawBufferPointer,
    report: EncodeReport,
    layerSeconds: [Double]
  ) throws(RecordingError) {
    guard bytes.count == assignment.byteCount else {
      throw .unusable(path: path, reason: "a chunk of \(assignment.byteCount) bytes has \(bytes.count)")
    }
    let byteCounts = layerByteCounts(of: assignment)
    guard byteCounts.count == layerSeconds.count, byteCounts.reduce(0, +) == assignment.kvByteCount else {
      throw .unusable(
        path: path,
        reason:
          "a chunk of \(assignment.tokens.count) tokens has not \(assignment.kvByteCount) bytes of KV cache"
      )
    }
    var end = 0
    let recording = ChunkRecording(
      key: digest(ChunkRecording.keyContent(of: assignment, model: modelDigest)),
      model: modelDigest,
      assignment: assignment,
      report: report,
      layers: zip(layerSeconds, byteCounts).map { seconds, count in
        end += count
        let part = UnsafeRawBufferPointer(rebasing: bytes[end - count..<end])
        return ChunkRecording.Layer(seconds: seconds, byteCount: count, checksum: Checksum.crc32c(part))
      },
      summaryChecksum: Checksum.crc32c(UnsafeRawBufferPointer(rebasing: bytes[assignment.kvByteCount...]))
    )
    try writeFile("\(path)/\(recording.key)\(Self.suffix)", recording.header, bytes)
  }
}

/// Writes a file under another name, then renames it, so that its path never names a part of it.
private func writeFile(
  _ path: String,
  _ header: [UInt8],
  _ body: UnsafeRawBufferPointer? = nil
) throws(RecordingError) {
  let temporary = "\(path).\(getpid())-\(UInt32.random(in: 0 ... .max))"
  let file = SystemText.withBytes(temporary) { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644) }
  guard file >= 0 else { throw .system(path) }
  let isWritten =
    header.withUnsafeBytes { writeAll($0, to: file) } && body.map { writeAll($0, to: file) } ?? true
  let error = RecordingError.system(path)
  close(file)
  guard isWritten else {
    _ = SystemText.withBytes(temporary) { unlink($0) }
    throw error
  }
  let isMoved = SystemText.withBytes(temporary) { from in
    SystemText.withBytes(path) { rename(from, $0) == 0 }
  }
  guard isMoved else {
    let error = RecordingError.system(path)
    _ = SystemText.withBytes(temporary) { unlink($0) }
    throw error
  }
}

private func writeAll(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Bool {
  var rest = bytes
  while !rest.isEmpty {
    let count = write(file, rest.baseAddress, rest.count)
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { return false }
    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
  }
  return true
}

extension RecordingError {
  /// The system's error of the last call.
  static func system(_ path: String) -> RecordingError {
    .unusable(path: path, reason: String(cString: strerror(errno)))
  }
}
