/// Upper and lower case by Unicode's full mappings, as Python has them.
extension Text {
  var uppercased: Text { Text(scalars.flatMap { $0.properties.uppercaseMapping.unicodeScalars }) }

  var lowercased: Text {
    var result: [Unicode.Scalar] = []
    for index in scalars.indices { appendLowercase(at: index, to: &result) }
    return Text(result)
  }

  /// The first character in title case, all others in lower case.
  var capitalized: Text {
    var result: [Unicode.Scalar] = []
    for index in scalars.indices {
      if index == 0 {
        result += scalars[index].properties.titlecaseMapping.unicodeScalars
      } else {
        appendLowercase(at: index, to: &result)
      }
    }
    return Text(result)
  }

  /// Every run of letters with its first in title case, as `str.title` makes it.
  var titlecased: Text {
    var result: [Unicode.Scalar] = []
    var followsLetter = false
    for (index, scalar) in scalars.enumerated() {
      if followsLetter {
        appendLowercase(at: index, to: &result)
      } else {
        result += scalar.properties.titlecaseMapping.unicodeScalars
      }
      followsLetter = scalar.properties.isCased
    }
    return Text(result)
  }

  /// Words with their first character in upper case, as jinja2's filter `title` makes them: words begin behind
  /// white space, hyphens and opening brackets.
  var titled: Text {
    func isBetween(_ scalar: Unicode.Scalar) -> Bool {
      scalar.isPythonSpace || "-({[<".unicodeScalars.contains(scalar)
    }
    var result: [Unicode.Scalar] = []
    var rest = scalars[...]
    while !rest.isEmpty {
      let gap = rest.prefix(while: isBetween)
      result += gap
      let word = rest[gap.endIndex...].prefix { !isBetween($0) }
      result += Text(word.prefix(1)).uppercased.scalars
      result += Text(word.dropFirst()).lowercased.scalars
      rest = rest[word.endIndex...]
    }
    return Text(result)
  }

  /// A capital sigma is written as a final one at the end of a word.
  private func appendLowercase(at index: Int, to result: inout [Unicode.Scalar]) {
    let scalar = scalars[index]
    guard scalar == "\u{3a3}" else {
      result += scalar.properties.lowercaseMapping.unicodeScalars
      return
    }
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    let isFinal = before?.properties.isCased == true && after?.properties.isCased != true
    result.append(isFinal ? "\u{3c2}" : "\u{3c3}")
  }
}

extension Text {
  private func all(_ holds: (Unicode.Scalar) -> Bool) -> Bool { !isEmpty && scalars.allSatisfy(holds) }

  var isSpace: Bool { all { $0.isPythonSpace } }
  var isAlphabetic: Bool { all(Self.isLetter) }
  var isDigits: Bool { all { $0.properties.numericType == .decimal || $0.properties.numericType == .digit } }
  var isDecimal: Bool { all { $0.properties.numericType == .decimal } }
  var isNumeric: Bool { all { $0.properties.numericType != nil } }
  var isAlphanumeric: Bool { all { Self.isLetter($0) || $0.properties.numericType != nil } }

  var isUpper: Bool {
    scalars.contains { $0.properties.isUppercase }
      && !scalars.contains { $0.properties.isLowercase || Self.isTitle($0) }
  }

  var isLower: Bool {
    scalars.contains { $0.properties.isLowercase }
      && !scalars.contains { $0.properties.isUppercase || Self.isTitle($0) }
  }

  private static func isTitle(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .titlecaseLetter
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }
}
