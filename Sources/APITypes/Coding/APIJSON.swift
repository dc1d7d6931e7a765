#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// JSON as the API writes and reads it: sorted keys, no escaped slashes.
package enum APIJSON {
  /// Writes a value as one line of JSON.
  ///
  /// - Parameters:
  ///   - value: The value.
  ///   - pretty: True to spread it over indented lines.
  /// - Returns: JSON in UTF-8.
  /// - Throws: `EncodingError` for a number that JSON cannot express.
  package static func encode(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    return [UInt8](try encoder.encode(value))
  }

  /// Writes a value as a string of JSON.
  ///
  /// - Throws: `EncodingError` for a number that JSON cannot express.
  package static func string(_ value: some Encodable, pretty: Bool = false) throws -> String {
    String(decoding: try encode(value, pretty: pretty), as: UTF8.self)
  }

  /// Reads a value.
  ///
  /// - Parameters:
  ///   - type: The type of the value.
  ///   - bytes: JSON in UTF-8.
  /// - Returns: The value.
  /// - Throws: `DecodingError` when the bytes are not JSON or not of this type.
  package static func decode<Value: Decodable>(
    _ type: Value.Type,
    from bytes: some Sequence<UInt8>
  ) throws -> Value {
    try JSONDecoder().decode(type, from: Data(bytes))
  }
}
