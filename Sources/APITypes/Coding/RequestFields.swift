/// Reads the fields of a request's JSON. Its errors name the field at fault as the client wrote it, its value
/// and what is accepted.
///
/// A field that is null counts as left out.
struct RequestFields<Key: CodingKey> {
  private let container: KeyedDecodingContainer<Key>

  /// Opens the fields of an object.
  ///
  /// - Parameters:
  ///   - decoder: Where they are.
  ///   - keys: Their names.
  /// - Throws: ``ServiceError`` of code `badInput` when it is no object.
  init(_ decoder: any Decoder, _ keys: Key.Type) throws {
    do {
      container = try decoder.container(keyedBy: keys)
    } catch {
      let field = FieldPath(decoder.codingPath).description
      let subject = field.isEmpty ? "The request's JSON" : "\"\(field)\""
      throw ServiceError(
        .badInput,
        "\(subject) is \(FieldValue(decoder)): it must be an object.",
        parameter: field.isEmpty ? nil : field
      )
    }
  }

  /// The name of a field as the client wrote it, with those of the objects and lists that it is in.
  func name(_ key: Key) -> String { FieldPath(container.codingPath + [key]).description }

  /// Makes the refusal of a field.
  ///
  /// - Parameters:
  ///   - key: The field.
  ///   - taken: What is accepted: the end of a sentence.
  /// - Returns: The error.
  func refusal(_ key: Key, _ taken: String) -> ServiceError {
    let name = name(key)
    guard container.contains(key) else {
      return ServiceError(.badInput, "The field \"\(name)\" is missing: \(taken).", parameter: name)
    }
    let value = (try? container.superDecoder(forKey: key)).map { FieldValue($0).description } ?? "unreadable"
    return ServiceError(.badInput, "\"\(name)\" is \(value): \(taken).", parameter: name)
  }

  /// Reads a field's value.
  ///
  /// - Parameters:
  ///   - key: The field.
  ///   - type: What it is read as.
  ///   - taken: What is taken: the end of a sentence.
  /// - Returns: The value, or nil where the field is left out.
  /// - Throws: ``ServiceError`` of code `badInput` for a value of another type.
  func value<Value: Decodable>(_ key: Key, _ type: Value.Type, _ taken: String) throws -> Value? {
    guard holds(key) else { return nil }
    do {
      return try container.decode(type, forKey: key)
    } catch let error as ServiceError {
      throw error
    } catch {
      throw refusal(key, taken)
    }
  }

  /// Reads a text.
  ///
  /// - Throws: ``ServiceError`` of code `badInput` for a value of another type.
  func text(_ key: Key) throws -> String? { try value(key, String.self, "it must be a text") }

  /// Reads a truth value.
  ///
  /// - Throws: ``ServiceError`` of code `badInput` for a value of another type.
  func flag(_ key: Key) throws -> Bool? { try value(key, Bool.self, "it must be true or false") }

  /// Reads a whole number within bounds.
  ///
  /// - Throws: ``ServiceError`` of code `badInput` for any other value.
  func integer(_ key: Key, in range: ClosedRange<Int>) throws -> Int? {
    let taken = "it must be a whole number from \(range.lowerBound) to \(range.upperBound)"
    guard let number = try value(key, Int.self, taken) else { return nil }
    guard range.contains(number) else { throw refusal(key, taken) }
    return number
  }

  /// Reads a number within bounds.
  ///
  /// - Throws: ``ServiceError`` of code `badInput` for any other value.
  func number(_ key: Key, in range: ClosedRange<Double>) throws -> Double? {
    let taken = "it must be a number from \(plain(range.lowerBound)) to \(plain(range.upperBound))"
    guard let number = try value(key, Double.self, taken) else { return nil }
    guard range.contains(number) else { throw refusal(key, taken) }
    return number
  }

  /// True if a field is there and not null.
  func holds(_ key: Key) -> Bool {
    container.contains(key) && (try? container.decodeNil(forKey: key)) != true
  }

  /// The value of a field; nil if it cannot be read as this type.
  func attempt<Value: Decodable>(_ key: Key, _ type: Value.Type) -> Value? {
    try? container.decodeIfPresent(type, forKey: key)
  }
}

/// The text of a number, without a fraction if that is zero.
func plain(_ number: Double) -> String {
  Int(exactly: number).map { "\($0)" } ?? "\(number)"
}

/// The place of a field: `messages[0].content`.
struct FieldPath: CustomStringConvertible {
  let description: String

  init(_ path: [any CodingKey]) {
    description = path.reduce(into: "") { text, key in
      if let index = key.intValue {
        text += "[\(index)]"
      } else {
        text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
      }
    }
  }
}

/// A value of JSON in a few words: a number, a short text, or its kind.
struct FieldValue: CustomStringConvertible {
  let description: String

  init(_ decoder: any Decoder) {
    guard let value = try? decoder.singleValueContainer() else {
      description = "unreadable"
      return
    }
    if value.decodeNil() {
      description = "null"
    } else if let text = try? value.decode(String.self) {
      description = Self.quoted(text)
    } else if let flag = try? value.decode(Bool.self) {
      description = "\(flag)"
    } else if let number = try? value.decode(Int64.self) {
      description = "\(number)"
    } else if let number = try? value.decode(UInt64.self) {
      description = "\(number)"
    } else if let number = try? value.decode(Double.self) {
      description = plain(number)
    } else if (try? decoder.unkeyedContainer()) != nil {
      description = "a list"
    } else if (try? decoder.container(keyedBy: AnyKey.self)) != nil {
      description = "an object"
    } else {
      description = "a number beyond all bounds"
    }
  }

  private static let longest = 40

  /// A text in quotation marks, cut where it is long, its control characters replaced.
  private static func quoted(_ text: String) -> String {
    let cut = text.unicodeScalars.prefix(longest)
    let shown = cut.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }
    let more = text.unicodeScalars.dropFirst(longest).isEmpty ? "" : "…"
    return "\"" + String(String.UnicodeScalarView(shown)) + more + "\""
  }

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
