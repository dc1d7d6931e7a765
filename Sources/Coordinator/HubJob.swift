/// How the elements of a KV cache are stored.
public enum KVElement: String, Hashable, Sendable {
  /// bfloat16, two bytes.
  case bf16
  /// Single precision, four bytes.
  case f32

  /// The size of one element in bytes.
  public var byteCount: Int { self == .bf16 ? 2 : 4 }
}

/// One document to be encoded: its chunks, and what their KV looks like.
public struct HubJob: Hashable, Sendable {
  /// The job's UUID as text.
  public let id: String
  /// The tokens every chunk is read after.
  public let sinkTokens: [Int32]
  /// The tokens of each chunk.
  public let chunks: [[Int32]]
  /// How the elements of the KV are stored.
  public let element: KVElement
  /// The number of layers.
  public let layers: Int
  /// The number of key and value heads per layer.
  public let kvHeads: Int
  /// The number of elements per head.
  public let headDimension: Int

  /// Describes a job.
  ///
  /// - Parameters:
  ///   - id: A UUID as text.
  ///   - sinkTokens: The tokens every chunk is read after.
  ///   - chunks: The tokens of each chunk.
  ///   - element: How the elements of the KV are stored.
  ///   - layers: The number of layers.
  ///   - kvHeads: The number of key and value heads per layer.
  ///   - headDimension: The number of elements per head.
  public init(
    id: String, sinkTokens: [Int32], chunks: [[Int32]], element: KVElement = .bf16, layers: Int, kvHeads: Int,
    headDimension: Int
  ) {
    self.id = id
    self.sinkTokens = sinkTokens
    self.chunks = chunks
    self.element = element
    self.layers = layers
    self.kvHeads = kvHeads
    self.headDimension = headDimension
  }

  /// The size of the KV of one token in bytes, nil when it cannot be counted.
  var bytesPerToken: Int? {
    guard layers > 0, kvHeads > 0, headDimension > 0 else { return nil }
    var product = 2 * element.byteCount
    for factor in [layers, kvHeads, headDimension] {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      guard !overflow else { return nil }
      product = next
    }
    return product
  }

  /// The 128 bits of the identifier, nil when it is no UUID.
  var number: UInt128? {
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
