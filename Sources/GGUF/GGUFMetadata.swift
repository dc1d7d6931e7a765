/// The metadata of a GGUF file: values by key, in the order of the file.
package struct GGUFMetadata: Sendable {
  /// The keys in the order of the file.
  package private(set) var keys: [String] = []
  private var values: [String: GGUFValue] = [:]

  init() {}

  /// Adds a value; returns true if its key was new.
  mutating func insert(_ value: GGUFValue, for key: String) -> Bool {
    guard values.updateValue(value, forKey: key) == nil else { return false }
    keys.append(key)
    return true
  }

  /// The value of a key; nil for none.
  package subscript(key: String) -> GGUFValue? { values[key] }

  /// The string at a key; nil where it is absent or of another type.
  package func string(_ key: String) -> String? { values[key]?.string }
  /// The integer at a key; nil where it is absent, of another type or too large.
  package func integer(_ key: String) -> Int? { values[key]?.integer }
  /// The non-negative integer at a key; nil where it is absent, of another type or negative.
  package func unsigned(_ key: String) -> UInt64? { values[key]?.unsigned }
  /// The float or integer at a key; nil where it is absent or of another type.
  package func double(_ key: String) -> Double? { values[key]?.double }
  /// The Boolean at a key; nil where it is absent or of another type.
  package func bool(_ key: String) -> Bool? { values[key]?.bool }
  /// The array of strings at a key; nil where it is absent or of another type.
  package func strings(_ key: String) -> [String]? { values[key]?.strings }
  /// The array of integers at a key; nil where it is absent or of another type.
  package func integers(_ key: String) -> [Int]? { values[key]?.integers }
  /// The array of floats at a key; nil where it is absent or of another type.
  package func floats(_ key: String) -> [Float]? { values[key]?.floats }

  /// The error to throw where a typed getter returned nil for a key that the caller needs.
  ///
  /// - Parameters:
  ///   - key: The key.
  ///   - expected: The kind of value needed, as in "a positive integer".
  /// - Returns: An error that says whether the key is absent or has another type or value.
  package func missing(_ key: String, expected: String) -> GGUFError {
    guard let value = values[key] else {
      return GGUFError(.missing, "the model file has no metadata key \(key), which must be \(expected)")
    }
    return GGUFError(.missing, "metadata key \(key) is \(value) (\(value.type)), not \(expected)")
  }
}
