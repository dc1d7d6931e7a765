internal import Glibc
internal import KVFormat
internal import Recordings
internal import Wire
internal import Worker

/// Recordings of a small model in a folder that is removed afterwards.
struct RecordingFixture {
  let path: String

  /// A digest that is none, but differs where contents do.
  static let digest: ContentDigest.Function = { content in
    let parts = (0..<8).map { seed in content.withUnsafeBytes { Checksum.crc32c($0, after: UInt32(seed)) } }
    let bytes = parts.flatMap { part in withUnsafeBytes(of: part.littleEndian) { Array($0) } }
    return ContentDigest(bytes) ?? ContentDigest.zero
  }

  static var identity: ModelIdentity {
    ModelIdentity(
      modelSHA256: String(repeating: "ab", count: 32),
      tokenizerSHA256: String(repeating: "cd", count: 32),
      rope: RopeSettings(theta: 10_000, dimensions: 64, kind: "interleaved"),
      kvType: .bf16,
      shape: KVShape(layers: 3, kvHeads: 1, headDimension: 64)
    )
  }

  static let model = RecordedModel(identity: identity, compute: .bf16)

  /// A chunk of this many tokens, with a summary of this many bytes if any; its tokens follow from the seed.
  static func assignment(
    tokens: Int,
    seed: Int32 = 0,
    summary: SummaryContent = .none,
    summaryByteCount: Int = 0
  ) -> ChunkAssignment {
    ChunkAssignment(
      sinkTokens: [1, 2],
      leadTokens: [7, 8, 9],
      tokens: (0..<Int32(tokens)).map { $0 + seed },
      positionBase: 5,
      kvByteCount: identity.shape.byteCount(tokens: tokens, type: .bf16) ?? 0,
      summary: summary,
      summaryByteCount: summaryByteCount
    )
  }

  /// Bytes for a chunk: its KV cache and its summary.
  static func bytes(of assignment: ChunkAssignment) -> [UInt8] {
    let first = UInt32(bitPattern: assignment.tokens.first ?? 0)
    return (0..<assignment.byteCount).map {
      UInt8(truncatingIfNeeded: (UInt32($0) &* 2_654_435_761 &+ first) >> 9)
    }
  }

  static func with<Result>(_ body: (RecordingFixture) throws -> Result) throws -> Result {
    var template = Array("/tmp/braid-recording-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw RecordingError.empty(path: "/tmp") }
    let fixture = RecordingFixture(
      path: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    )
    defer { fixture.remove() }
    return try body(fixture)
  }

  /// Records chunks as an encoder of known times.
  func record(_ assignments: [ChunkAssignment], model: RecordedModel = model) throws {
    let folder = try RecordingFolder(path: path, model: model, digest: Self.digest)
    for assignment in assignments {
      try Self.bytes(of: assignment).withUnsafeBytes { bytes in
        try folder.write(
          assignment,
          bytes: bytes,
          report: EncodeReport(computeSeconds: 0.4, sinkDigest: 99),
          layerSeconds: [0.1, 0.2, 0.4]
        )
      }
    }
  }

  func library() throws(RecordingError) -> RecordingLibrary {
    try RecordingLibrary(path: path, digest: Self.digest)
  }

  /// The path of the only recorded chunk.
  func file() throws -> String {
    guard let folder = opendir(path) else { throw RecordingError.empty(path: path) }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(".kv") { return "\(path)/\(name)" }
    }
    throw RecordingError.empty(path: path)
  }

  /// Changes the bytes of a file.
  func change(_ file: String, _ change: (inout [UInt8]) -> Void) throws {
    guard let handle = fopen(file, "r+") else { throw RecordingError.empty(path: file) }
    defer { fclose(handle) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, handle))
    change(&bytes)
    rewind(handle)
    ftruncate(fileno(handle), 0)
    fwrite(bytes, 1, bytes.count, handle)
  }

  private func remove() {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { unlink("\(path)/\(name)") }
    }
    closedir(folder)
    rmdir(path)
  }
}
