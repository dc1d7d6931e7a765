/// A SHA-256 that identifies some content.
package struct ContentDigest: Hashable, Sendable, CustomStringConvertible {
  /// The number of bytes.
  package static let byteCount = 32
  /// The bytes, ``byteCount`` of them.
  package let bytes: [UInt8]

  /// Wraps the bytes of a digest; nil when they are not ``byteCount``.
  package init?(_ bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes)
    guard self.bytes.count == Self.byteCount else { return nil }
  }

  /// The digest of 32 zero bytes, which no known content has.
  package static let zero = ContentDigest(zeros: ())

  private init(zeros: Void) { bytes = Array(repeating: 0, count: Self.byteCount) }

  /// Lower-case hexadecimal.
  package var description: String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// A function that computes a digest. It is passed in, since the worker's core has no cryptographic
  /// library.
  package typealias Function = @Sendable (_ content: [UInt8]) -> ContentDigest
}
