internal import GGUF

/// Reads the numbers of one architecture out of a model file's metadata, each with its range.
struct MetadataReader: Sendable {
  let metadata: GGUFMetadata
  let architecture: String

  /// The key of a name, such as `llama.block_count`.
  func key(_ name: String) -> String { "\(architecture).\(name)" }

  /// True if the file has a value of this name.
  func contains(_ name: String) -> Bool { metadata[key(name)] != nil }

  /// A whole number.
  ///
  /// - Throws: ``ModelError`` when it is missing without a default, of another type, or out of its range.
  func number(_ name: String, _ range: ClosedRange<Int>, default fallback: Int? = nil) throws(ModelError)
    -> Int
  {
    let key = key(name)
    let found = metadata.unsigned(key).flatMap { Int(exactly: $0) }
    guard let value = metadata[key] == nil ? fallback : found else {
      throw ModelError(.malformed, metadata.missing(key, expected: "a whole number below 2^63").message)
    }
    guard range.contains(value) else {
      throw ModelError(
        .unsupported,
        "\(key) is \(value), outside the supported \(range.lowerBound) to \(range.upperBound)"
      )
    }
    return value
  }

  /// A number.
  ///
  /// - Throws: ``ModelError`` when it is missing without a default, of another type, or not finite.
  func real(_ name: String, default fallback: Double? = nil) throws(ModelError) -> Double {
    let key = key(name)
    guard let value = metadata[key] == nil ? fallback : metadata.double(key) else {
      throw ModelError(.malformed, metadata.missing(key, expected: "a number").message)
    }
    guard value.isFinite else { throw ModelError(.malformed, "\(key) is \(value), which is no number") }
    return value
  }

  /// A positive factor, where 0 stands for one that is not set.
  ///
  /// - Returns: The factor; nil where there is none.
  /// - Throws: ``ModelError`` when it is of another type or outside 2^-16 to 65536.
  func factor(_ name: String) throws(ModelError) -> Float? {
    guard contains(name) else { return nil }
    let value = try real(name)
    if value == 0 { return nil }
    guard (0x1p-16...65536).contains(value) else {
      throw ModelError(.malformed, "\(key(name)) is \(value), outside the supported 2^-16 to 65536")
    }
    return Float(value)
  }
}
