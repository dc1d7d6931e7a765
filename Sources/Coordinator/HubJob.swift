public import Wire

/// One document to be encoded: its chunks, and what their KV looks like.
public struct HubJob: Hashable, Sendable {
  /// The job's UUID as text.
  public let id: String
  /// The tokens every chunk is read after.
  public let sinkTokens: [Int32]
  /// The tokens of each chunk.
  public let chunks: [[Int32]]
  /// The type of the KV's elements.
  public let kvType: KVType
  /// The sizes of the KV.
  public let shape: KVShape

  /// Describes a job.
  ///
  /// - Parameters:
  ///   - id: A UUID as text.
  ///   - sinkTokens: The tokens every chunk is read after.
  ///   - chunks: The tokens of each chunk.
  ///   - kvType: The type of the KV's elements.
  ///   - shape: The sizes of the KV.
  public init(id: String, sinkTokens: [Int32], chunks: [[Int32]], kvType: KVType = .bf16, shape: KVShape) {
    self.id = id
    self.sinkTokens = sinkTokens
    self.chunks = chunks
    self.kvType = kvType
    self.shape = shape
  }

  /// The size of a chunk's KV in bytes, nil when it cannot be counted.
  func byteCount(ofChunk index: Int) -> Int? {
    kvType.elementBytes.flatMap { shape.byteCount(tokens: chunks[index].count, elementBytes: $0) }
  }

  /// What the job says about its KV, for a person.
  var kvDescription: String {
    "\(kvType.label) of \(shape.layers) layers, \(shape.kvHeads) heads of \(shape.headDimension)"
  }

  /// The 128 bits of the identifier, nil when it is no UUID.
  var number: UInt128? { Self.number(of: id) }

  /// The 128 bits of a UUID, nil when the text is none.
  static func number(of id: String) -> UInt128? {
    let digits = id.filter { $0 != "-" }
    guard digits.utf8.count == 32, !digits.contains("+") else { return nil }
    return UInt128(digits, radix: 16)
  }
}

/// Why a job is refused or has failed, or why the hub cannot start.
public struct HubError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of failure; more kinds may be added.
  public struct Code: Hashable, Sendable {
    private let name: String
    /// The job cannot be taken as it is.
    public static let invalidJob = Code(name: "invalid job")
    /// One chunk failed too often.
    public static let tooManyAttempts = Code(name: "too many attempts")
    /// The job was cancelled.
    public static let cancelled = Code(name: "cancelled")
    /// The coordinator is shutting down.
    public static let shuttingDown = Code(name: "shutting down")
  }

  /// The kind of failure.
  public let code: Code
  /// One sentence for a person.
  public let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
