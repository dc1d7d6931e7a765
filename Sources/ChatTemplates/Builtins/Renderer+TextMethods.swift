// The methods of strings.
extension Renderer {
  func call(_ name: Method.Name, of text: Text, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    try spend(text.count)
    switch name {
    case .strip, .lstrip, .rstrip:
      let set = try given("chars", arguments, name).text("chars")
      return .text(text.stripped(set, left: name != .rstrip, right: name != .lstrip))
    case .split, .rsplit: return try split(text, fromRight: name == .rsplit, arguments, name)
    case .splitlines:
      return try list(text.lines(keepingEnds: try given("keepends", arguments, name).flag("keepends")))
    case .startswith, .endswith: return .bool(try hasEnd(text, arguments, name))
    case .replace: return try replace(text, try given("old! new! count", arguments, name))
    case .removeprefix, .removesuffix:
      let part = try given("part!", arguments, name).needed("part")
      if name == .removeprefix {
        return .text(text.hasPrefix(part) ? Text(text.scalars.dropFirst(part.count)) : text)
      }
      return .text(text.hasSuffix(part) ? Text(text.scalars.dropLast(part.count)) : text)
    case .partition, .rpartition: return try partition(text, arguments, name)
    case .find, .rfind, .index, .rindex, .count: return try search(text, arguments, name)
    case .join:
      let given = try given("elements!", arguments, name)
      return .text(try joined(try elements(of: given.value("elements")).values, text, onlyTexts: true))
    case .format: return .text(try format(text, arguments))
    case .zfill: return try fill(text, arguments, name)
    default:
      _ = try given("", arguments, name)
      return plain(name, of: text)
    }
  }

  private func given(_ signature: StaticString, _ arguments: Arguments, _ name: Method.Name)
    throws(ChatTemplateError) -> Given
  {
    try Given(arguments, signature, of: "the method \"\(name.rawValue)\"", self)
  }

  /// The methods without arguments.
  private func plain(_ name: Method.Name, of text: Text) -> Value {
    switch name {
    case .upper: .text(text.uppercased)
    case .lower: .text(text.lowercased)
    case .title: .text(text.titlecased)
    case .capitalize: .text(text.capitalized)
    case .isdigit: .bool(text.isDigits)
    case .isdecimal: .bool(text.isDecimal)
    case .isnumeric: .bool(text.isNumeric)
    case .isalpha: .bool(text.isAlphabetic)
    case .isalnum: .bool(text.isAlphanumeric)
    case .isspace: .bool(text.isSpace)
    case .isupper: .bool(text.isUpper)
    case .islower: .bool(text.isLower)
    default: .text(text)
    }
  }

  private func split(_ text: Text, fromRight: Bool, _ arguments: Arguments, _ name: Method.Name)
    throws(ChatTemplateError) -> Value
  {
    let given = try given("sep maxsplit", arguments, name)
    let most = try given.integer("maxsplit").map { $0 < 0 ? Int.max : $0 } ?? .max
    let separator = try given.text("sep")
    guard separator?.isEmpty != true else { throw fail("the separator of \"\(name.rawValue)\" is empty") }
    try spend(separator?.count ?? 0)
    let source = fromRight ? text.reversed : text
    let parts =
      separator.map { source.split(fromRight ? $0.reversed : $0, most: most) }
      ?? source.splitAtSpace(most: most)
    return try list(fromRight ? parts.reversed().map(\.reversed) : parts)
  }

  private func hasEnd(_ text: Text, _ arguments: Arguments, _ name: Method.Name) throws(ChatTemplateError)
    -> Bool
  {
    let given = try given("part!", arguments, name)
    var parts: [Text] = []
    if case .tuple(let items) = given.value("part") {
      for value in items.values {
        guard let part = value.string else {
          throw fail("\"\(name.rawValue)\" takes strings, and was given a \(value.typeName)")
        }
        parts.append(part)
      }
    } else {
      parts = [try given.needed("part")]
    }
    for part in parts {
      try spend(part.count)
      if name == .startswith ? text.hasPrefix(part) : text.hasSuffix(part) { return true }
    }
    return false
  }

  /// The string with one part replaced; also the filter `replace`.
  func replace(_ text: Text, _ given: Given) throws(ChatTemplateError) -> Value {
    let (old, new) = (try given.needed("old"), try given.needed("new"))
    let most = try given.integer("count").map { $0 < 0 ? Int.max : $0 } ?? .max
    try spend(text.count + old.count)
    let count = text.starts(of: old, most: most).count
    let (added, overflow) = count.multipliedReportingOverflow(by: new.count)
    try spend(overflow ? .max : added)
    return .text(text.replacing(old, with: new, most: most))
  }

  private func partition(_ text: Text, _ arguments: Arguments, _ name: Method.Name) throws(ChatTemplateError)
    -> Value
  {
    let separator = try given("sep!", arguments, name).needed("sep")
    guard !separator.isEmpty else { throw fail("the separator of \"\(name.rawValue)\" is empty") }
    try spend(separator.count)
    let isFirst = name == .partition
    guard let start = isFirst ? text.index(of: separator) : text.lastIndex(of: separator) else {
      return try tuple((isFirst ? [text, "", ""] : ["", "", text]).map { .text($0) })
    }
    let rest = text.scalars[(start + separator.count)...]
    return try tuple([.text(Text(text.scalars[..<start])), .text(separator), .text(Text(rest))])
  }

  private func search(_ text: Text, _ arguments: Arguments, _ name: Method.Name) throws(ChatTemplateError)
    -> Value
  {
    // Bounds of the search are not known here.
    let part = try given("part!", arguments, name).needed("part")
    try spend(part.count)
    if name == .count { return .int(text.starts(of: part).count) }
    let isLast = name == .rfind || name == .rindex
    if let index = isLast ? text.lastIndex(of: part) : text.index(of: part) { return .int(index) }
    guard name == .find || name == .rfind else {
      throw fail("\"\(name.rawValue)\" did not find its argument")
    }
    return .int(-1)
  }

  private func fill(_ text: Text, _ arguments: Arguments, _ name: Method.Name) throws(ChatTemplateError)
    -> Value
  {
    let width = try given("width!", arguments, name).integer("width") ?? 0
    guard width > text.count else { return .text(text) }
    try spend(width)
    let isSigned = text.scalars.first == "+" || text.scalars.first == "-"
    let zeros = [Unicode.Scalar](repeating: "0", count: width - text.count)
    let sign = text.scalars.prefix(isSigned ? 1 : 0)
    return .text(Text(sign + zeros + text.scalars.dropFirst(sign.count)))
  }

  /// Texts in one, with another between them.
  func joined(_ values: [Value], _ separator: Text, onlyTexts: Bool = false) throws(ChatTemplateError) -> Text
  {
    var result: [Unicode.Scalar] = []
    for (index, value) in values.enumerated() {
      guard !onlyTexts || value.string != nil else {
        throw fail("\"join\" takes strings, and was given a \(value.typeName)")
      }
      let text = try text(of: value)
      try spend(text.count + separator.count)
      if index > 0 { result += separator.scalars }
      result += text.scalars
    }
    return Text(result)
  }

  /// `"{} and {name}".format(…)`, without formats of numbers.
  private func format(_ text: Text, _ arguments: Arguments) throws(ChatTemplateError) -> Text {
    var result: [Unicode.Scalar] = []
    var next = 0
    var index = 0
    while index < text.count {
      let scalar = text.scalars[index]
      guard scalar == "{" || scalar == "}" else {
        result.append(scalar)
        index += 1
        continue
      }
      if index + 1 < text.count, text.scalars[index + 1] == scalar {
        result.append(scalar)
        index += 2
        continue
      }
      guard scalar == "{", let end = text.scalars[index...].firstIndex(of: "}") else {
        throw fail("a brace in the string before \".format\" has no partner")
      }
      let field = Text(text.scalars[(index + 1)..<end]).string
      let value: Value?
      if field.isEmpty || field.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) {
        let place = field.isEmpty ? next : Int(field) ?? .max
        if field.isEmpty { next += 1 }
        value = arguments.positional.indices.contains(place) ? arguments.positional[place] : nil
      } else if field.unicodeScalars.contains(where: { ".[:!{".unicodeScalars.contains($0) }) {
        throw fail(
          "the field \"{\(field)}\" before \".format\" is not known here: only names and numbers are",
          .unknown
        )
      } else {
        value = arguments.keywords.first { $0.name == field }?.value
      }
      guard let value else { throw fail("\".format\" was given nothing for \"{\(field)}\"") }
      let written = try self.text(of: value)
      try spend(written.count + end - index)
      result += written.scalars
      index = end + 1
    }
    return Text(result)
  }
}
