package import KVFormat
internal import Memory
package import Wire

/// The model that recorded the chunks of a folder, with all in which a worker must agree with its
/// coordinator: a replaying worker needs no model.
///
/// Its file holds `BRAIDMOD`, the version, the arithmetic and the length of the identity (4 bytes each,
/// little-endian), the identity as Protocol Buffers, and the CRC-32C of all bytes before.
package struct RecordedModel: Hashable, Sendable {
  /// The identity of the model, as registrations carry it.
  package let identity: ModelIdentity
  /// The precision of the linear layers.
  package let compute: Precision

  static let fileName = "model"
  private static let magic = Array("BRAIDMOD".utf8)

  package init(identity: ModelIdentity, compute: Precision) {
    self.identity = identity
    self.compute = compute
  }

  /// The content of its digest: all that determines a chunk's KV cache besides tokens and positions.
  package var digestContent: [UInt8] {
    let rope = identity.rope
    let shape = identity.shape
    var writer = RecordingWriter()
    // Written field by field: the bytes of a protobuf message may change with the library.
    let texts = [
      "braid model 1", identity.modelSHA256, identity.tokenizerSHA256, rope.kind, rope.scalingHash,
    ]
    for text in texts {
      writer.put(UInt32(clamping: text.utf8.count))
      writer.put(text.utf8)
    }
    writer.put(rope.theta.bitPattern)
    for number in [rope.dimensions, shape.layers, shape.kvHeads, shape.headDimension] + shape.keptTokens {
      writer.put(UInt32(clamping: number))
    }
    writer.put(UInt32(clamping: identity.kvType.wireNumber))
    writer.put(UInt32(clamping: compute.wireNumber))
    return writer.bytes
  }

  /// The file's bytes.
  ///
  /// - Throws: ``RecordingError`` when the identity cannot be written.
  func fileBytes(path: String) throws(RecordingError) -> [UInt8] {
    let message: [UInt8]
    do { message = try WireCodec.encode(identity) } catch {
      throw .unusable(path: path, reason: "\(error)", cause: error)
    }
    var writer = RecordingWriter()
    writer.put(Self.magic)
    writer.put(ChunkRecording.version)
    writer.put(UInt32(clamping: compute.wireNumber))
    writer.put(UInt32(clamping: message.count))
    writer.put(message)
    writer.put(writer.bytes.withUnsafeBytes { Checksum.crc32c($0) })
    return writer.bytes
  }

  /// Reads the file of a model in a folder.
  ///
  /// - Throws: ``RecordingError`` when there is none, it is of another version, or damaged.
  init(folder: String) throws(RecordingError) {
    let path = "\(folder)/\(Self.fileName)"
    let file = try RecordingFolder.map(path)
    self = try file.withBytes { bytes throws(RecordingError) in try RecordedModel(reading: bytes, path: path)
    }
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - path: Its name, for errors.
  /// - Throws: ``RecordingError`` when it is of another kind or version, or damaged.
  package init(reading bytes: UnsafeRawBufferPointer, path: String) throws(RecordingError) {
    var reader = RecordingReader(bytes)
    guard reader.take(count: Self.magic.count) == Self.magic, let version = reader.take(UInt32.self) else {
      throw .damaged(path: path, reason: "it does not begin as one")
    }
    guard version == ChunkRecording.version else { throw .version(path: path, found: version) }
    guard let compute = reader.take(UInt32.self), let length = reader.take(UInt32.self),
      let message = reader.take(count: Int(length)), case let end = reader.offset,
      let checksum = reader.take(UInt32.self), reader.offset == bytes.count,
      checksum == Checksum.crc32c(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
    else { throw .damaged(path: path, reason: "its length or its checksum is another one") }
    guard let identity = try? message.withUnsafeBytes({ try WireCodec.identity(from: $0) }),
      let compute = Precision(wireNumber: Int(compute))
    else { throw .damaged(path: path, reason: "it names no model") }
    self.init(identity: identity, compute: compute)
  }
}
