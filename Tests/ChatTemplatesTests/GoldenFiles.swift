internal import ChatTemplates
internal import Foundation

/// What jinja2 made of a template.
struct Outcome: Decodable {
  /// What was written.
  var text: String?
  /// What `raise_exception` was given.
  var refused: String?
}

/// Templates of families of models, each with what jinja2 makes of all inputs.
struct Families: Decodable {
  struct Input: Decodable {
    let name: String
    let variables: TaggedValue
  }

  struct Template: Decodable {
    let name: String
    let source: String
    let outcomes: [Outcome]
  }

  let inputs: [Input]
  let templates: [Template]
}

/// Small templates, each with what jinja2 makes of it.
struct Constructs: Decodable {
  struct Case: Decodable {
    let source: String
    let outcome: Outcome

    private enum CodingKeys: String, CodingKey { case source }

    init(from decoder: any Decoder) throws {
      source = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .source)
      outcome = try Outcome(from: decoder)
    }
  }

  let variables: TaggedValue
  let cases: [Case]
}

/// A value in JSON that keeps the order of members, and whole numbers apart from others.
struct TaggedValue: Decodable {
  let value: TemplateValue

  private enum CodingKeys: String, CodingKey { case mapping, list, number }

  private struct Member: Decodable {
    let key: String
    let value: TaggedValue
  }

  init(from decoder: any Decoder) throws {
    if let tagged = try? decoder.container(keyedBy: CodingKeys.self) {
      if tagged.contains(.mapping) {
        let members = try tagged.decode([Member].self, forKey: .mapping)
        value = .mapping(members.map { .init($0.key, $0.value.value) })
      } else if tagged.contains(.list) {
        value = .list(try tagged.decode([TaggedValue].self, forKey: .list).map(\.value))
      } else {
        value = .number(try tagged.decode(Double.self, forKey: .number))
      }
      return
    }
    let single = try decoder.singleValueContainer()
    if single.decodeNil() {
      value = .none
    } else if let bool = try? single.decode(Bool.self) {
      value = .bool(bool)
    } else if let integer = try? single.decode(Int.self) {
      value = .integer(integer)
    } else {
      value = .text(try single.decode(String.self))
    }
  }

  /// The members of a mapping as variables.
  var variables: [String: TemplateValue] {
    guard case .mapping(let members) = value else { return [:] }
    return Dictionary(members.map { ($0.key, $0.value) }) { _, last in last }
  }
}

enum Golden {
  static func read<Value: Decodable>(_ name: String) throws -> Value {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    return try read(at: folder.appending(path: name))
  }

  static func read<Value: Decodable>(at file: URL) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(contentsOf: file))
  }

  /// Thursday, 3 July 2025, 14:38:07 in UTC, as in `scripts/golden/chat.py`.
  static let date = ChatDate(secondsSince1970: 1_751_553_487)
}
