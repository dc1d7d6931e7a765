internal import KVFormat
internal import Wire
package import Worker

/// One recorded chunk without the bytes of its KV cache and its summary: its assignment, the encoder's report
/// and the time of each layer.
///
/// Its file is a header, whose length is a multiple of 4 KiB, and behind it the bytes as a worker has them:
/// the KV cache and the summary. All numbers are little-endian:
///
/// | offset | bytes | field |
/// |---|---|---|
/// | 0 | 8 | `BRAIDREC` |
/// | 8 | 4 | ``version`` |
/// | 12 | 4 | length of the header |
/// | 16 | 32 | key of the chunk |
/// | 48 | 32 | digest of the model and the arithmetic |
/// | 80 | 8 | bytes of the KV cache |
/// | 88 | 8 | bytes of the summary |
/// | 96 | 4 | content of the summary, as in a lease |
/// | 100 | 4 | CRC-32C of the summary |
/// | 104 | 8 | seconds of computation |
/// | 112 | 8 | digest of the sink's KV cache |
/// | 120 | 4 | position of the first token |
/// | 124 | 4 | layers |
/// | 128 | 12 | numbers of sink, lead and chunk tokens, 4 bytes each |
/// | 140 | 20 a layer | seconds from the start to its end, its bytes, and their CRC-32C |
/// | then | 4 a token | tokens of sink, lead and chunk |
/// | last 4 | 4 | CRC-32C of the header before |
package struct ChunkRecording: Hashable, Sendable {
  /// The recorded values of one layer.
  package struct Layer: Hashable, Sendable {
    /// The seconds from the start of the chunk to the end of this layer.
    package let seconds: Double
    /// The bytes of the layer's keys and values.
    package let byteCount: Int
    /// The CRC-32C of these.
    package let checksum: UInt32

    package init(seconds: Double, byteCount: Int, checksum: UInt32) {
      self.seconds = seconds
      self.byteCount = byteCount
      self.checksum = checksum
    }
  }

  /// The version of the files.
  package static let version: UInt32 = 3
  static let pageBytes = 4096
  private static let magic = Array("BRAIDREC".utf8)
  private static let mostLayers = 4096
  private static let longestHeader = 8 << 20

  /// The digest over everything that determines the bytes.
  package let key: ContentDigest
  /// The digest over the model's identity and the arithmetic.
  package let model: ContentDigest
  /// The chunk, as it was leased.
  package let assignment: ChunkAssignment
  /// The report of the encoder.
  package let report: EncodeReport
  /// The layers, in order.
  package let layers: [Layer]
  /// The CRC-32C of the summary; without one, that of no bytes.
  package let summaryChecksum: UInt32

  package init(
    key: ContentDigest,
    model: ContentDigest,
    assignment: ChunkAssignment,
    report: EncodeReport,
    layers: [Layer],
    summaryChecksum: UInt32 = 0
  ) {
    self.key = key
    self.model = model
    self.assignment = assignment
    self.report = report
    self.layers = layers
    self.summaryChecksum = summaryChecksum
  }

  /// The offset behind the bytes of a layer.
  package func end(ofLayer layer: Int) -> Int { layers[...layer].reduce(0) { $0 + $1.byteCount } }

  /// The content whose digest is the key.
  ///
  /// - Parameters:
  ///   - assignment: The chunk.
  ///   - model: The digest over model, KV type and arithmetic.
  /// - Returns: Bytes that are the same only for the same KV cache and a summary of the same content.
  package static func keyContent(of assignment: ChunkAssignment, model: ContentDigest) -> [UInt8] {
    var writer = RecordingWriter()
    writer.put("braid chunk 2".utf8)
    writer.put(model.bytes)
    writer.put(Int64(assignment.positionBase))
    writer.put(Int64(assignment.summary.wireNumber))
    writer.put(Int64(assignment.summaryByteCount))
    for tokens in [assignment.sinkTokens, assignment.leadTokens, assignment.tokens] {
      // With its length, so that a token cannot move from one list to the next.
      writer.put(Int64(tokens.count))
      for token in tokens { writer.put(token) }
    }
    return writer.bytes
  }

  /// The header of the file.
  package var header: [UInt8] {
    var writer = RecordingWriter()
    let content = 140 + 20 * layers.count + 4 * tokens.count + 4
    let length = (content + Self.pageBytes - 1) / Self.pageBytes * Self.pageBytes
    writer.put(Self.magic)
    writer.put(Self.version)
    writer.put(UInt32(clamping: length))
    writer.put(key.bytes)
    writer.put(model.bytes)
    writer.put(UInt64(clamping: assignment.kvByteCount))
    writer.put(UInt64(clamping: assignment.summaryByteCount))
    writer.put(UInt32(clamping: assignment.summary.wireNumber))
    writer.put(summaryChecksum)
    writer.put(report.computeSeconds.bitPattern)
    writer.put(report.sinkDigest)
    writer.put(UInt32(clamping: assignment.positionBase))
    writer.put(UInt32(clamping: layers.count))
    for list in [assignment.sinkTokens, assignment.leadTokens, assignment.tokens] {
      writer.put(UInt32(clamping: list.count))
    }
    for layer in layers {
      writer.put(layer.seconds.bitPattern)
      writer.put(UInt64(clamping: layer.byteCount))
      writer.put(layer.checksum)
    }
    for token in tokens { writer.put(token) }
    writer.pad(to: length - 4)
    writer.put(writer.bytes.withUnsafeBytes { Checksum.crc32c($0) })
    return writer.bytes
  }

  private var tokens: [Int32] { assignment.sinkTokens + assignment.leadTokens + assignment.tokens }

  /// Reads the header of a file.
  ///
  /// - Parameters:
  ///   - bytes: The whole file; the bytes behind the header are not read.
  ///   - path: The file's name, for errors.
  /// - Returns: The recording and the offset of its KV cache, behind which its summary lies.
  /// - Throws: ``RecordingError/damaged(path:reason:)`` or ``RecordingError/version(path:found:)``.
  package static func read(
    _ bytes: UnsafeRawBufferPointer,
    path: String
  ) throws(RecordingError) -> (recording: ChunkRecording, kvOffset: Int) {
    func damaged(_ reason: String) -> RecordingError { .damaged(path: path, reason: reason) }
    var start = RecordingReader(bytes)
    guard start.take(count: magic.count) == magic else { throw damaged("it does not begin as one") }
    guard let version = start.take(UInt32.self), let length = start.take(UInt32.self).map({ Int($0) }) else {
      throw damaged("it ends within its header")
    }
    guard version == Self.version else { throw .version(path: path, found: version) }
    guard length % pageBytes == 0, pageBytes...longestHeader ~= length, length <= bytes.count else {
      throw damaged("its header of \(length) bytes does not fit a file of \(bytes.count)")
    }
    let header = UnsafeRawBufferPointer(rebasing: bytes[..<(length - 4)])
    let checksum = bytes.loadUnaligned(fromByteOffset: length - 4, as: UInt32.self)
    guard UInt32(littleEndian: checksum) == Checksum.crc32c(header) else {
      throw damaged("the checksum of its header is another one")
    }
    var reader = RecordingReader(header)
    guard let recording = parse(&reader) else { throw damaged("its header contradicts itself") }
    guard bytes.count - length == recording.assignment.byteCount else {
      throw damaged(
        "it has \(bytes.count - length) bytes of KV cache and summary, not \(recording.assignment.byteCount)"
      )
    }
    return (recording, length)
  }

  private static func parse(_ reader: inout RecordingReader) -> ChunkRecording? {
    _ = reader.take(count: 16)
    guard let key = reader.take(count: ContentDigest.byteCount).flatMap({ ContentDigest($0) }),
      let model = reader.take(count: ContentDigest.byteCount).flatMap({ ContentDigest($0) }),
      let kvByteCount = reader.take(UInt64.self).flatMap({ Int(exactly: $0) }),
      let summaryByteCount = reader.take(UInt64.self).flatMap({ Int(exactly: $0) }),
      let summary = reader.take(UInt32.self).flatMap({ SummaryContent(wireNumber: Int($0)) }),
      let summaryChecksum = reader.take(UInt32.self),
      let computeSeconds = reader.take(UInt64.self).map({ Double(bitPattern: $0) }),
      let sinkDigest = reader.take(UInt64.self), let positionBase = reader.take(UInt32.self),
      let layerCount = reader.take(UInt32.self).map({ Int($0) }), let sinks = reader.take(UInt32.self),
      let leads = reader.take(UInt32.self), let own = reader.take(UInt32.self),
      1...mostLayers ~= layerCount, 1...WireProtocol.maximumChunkBytes ~= kvByteCount,
      0...WireProtocol.maximumChunkBytes - kvByteCount ~= summaryByteCount,
      (summary == .none) == (summaryByteCount == 0),
      computeSeconds >= 0, computeSeconds.isFinite, own > 0,
      Int(sinks) + Int(leads) + Int(own) <= WireProtocol.maximumTokens
    else { return nil }
    var layers: [Layer] = []
    var left = kvByteCount
    for _ in 0..<layerCount {
      guard let seconds = reader.take(UInt64.self).map({ Double(bitPattern: $0) }),
        let byteCount = reader.take(UInt64.self).flatMap({ Int(exactly: $0) }), 0...left ~= byteCount,
        let checksum = reader.take(UInt32.self), seconds.isFinite, seconds >= layers.last?.seconds ?? 0
      else { return nil }
      left -= byteCount
      layers.append(Layer(seconds: seconds, byteCount: byteCount, checksum: checksum))
    }
    guard left == 0 else { return nil }
    guard let sinkTokens = tokens(Int(sinks), &reader), let leadTokens = tokens(Int(leads), &reader),
      let tokens = tokens(Int(own), &reader)
    else { return nil }
    return ChunkRecording(
      key: key,
      model: model,
      assignment: ChunkAssignment(
        sinkTokens: sinkTokens,
        leadTokens: leadTokens,
        tokens: tokens,
        positionBase: Int(positionBase),
        kvByteCount: kvByteCount,
        summary: summary,
        summaryByteCount: summaryByteCount
      ),
      report: EncodeReport(computeSeconds: computeSeconds, sinkDigest: sinkDigest),
      layers: layers,
      summaryChecksum: summaryChecksum
    )
  }

  private static func tokens(_ count: Int, _ reader: inout RecordingReader) -> [Int32]? {
    var tokens: [Int32] = []
    for _ in 0..<count {
      guard let token = reader.take(Int32.self) else { return nil }
      tokens.append(token)
    }
    return tokens
  }
}
