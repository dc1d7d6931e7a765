/// A SHA-256 over some content, by which it is known.
public struct ContentDigest: Hashable, Sendable, CustomStringConvertible {
  /// The number of bytes.
  public static let byteCount = 32
  /// The bytes, ``byteCount`` of them.
  public let bytes: [UInt8]

  /// Wraps the bytes of a digest; nil when they are not ``byteCount``.
  public init?(_ bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes)
    guard self.bytes.count == Self.byteCount else { return nil }
  }

  /// The digest of zero bytes only, which no content is known to have.
  public static let zero = ContentDigest(zeros: ())

  private init(zeros: Void) { bytes = Array(repeating: 0, count: Self.byteCount) }

  /// Lower-case hexadecimal.
  public var description: String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// What computes a digest; the worker's core does without a cryptographic library.
  public typealias Function = @Sendable (_ content: [UInt8]) -> ContentDigest
}
