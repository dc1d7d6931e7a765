// The filters that make numbers.
extension Renderer {
  func integer(_ value: Value, _ given: Given) throws(ChatTemplateError) -> Value {
    let standard = given["default"] ?? .int(0)
    if let number = value.integer { return .int(number) }
    switch value {
    case .undefined(let value): throw fail(value.reason)
    case .float(let number): return number.isNaN ? standard : .int(try truncated(number))
    case .text(let text), .markup(let text):
      try spend(text.count)
      if let number = try whole(text.stripped(), base: try given.integer("base") ?? 10) {
        return .int(number)
      }
      guard let number = NumberText.float(text.stripped()), number.isFinite else { return standard }
      return .int(try truncated(number))
    default: return standard
    }
  }

  func float(_ value: Value, _ given: Given) throws(ChatTemplateError) -> Value {
    let standard = given["default"] ?? .float(0)
    if let number = value.integer { return .float(Double(number)) }
    switch value {
    case .undefined(let value): throw fail(value.reason)
    case .float: return value
    case .text(let text), .markup(let text):
      try spend(text.count)
      return NumberText.float(text.stripped()).map { .float($0) } ?? standard
    default: return standard
    }
  }

  func absolute(_ value: Value) throws(ChatTemplateError) -> Value {
    if let number = value.integer { return number < 0 ? try negative(value) : .int(number) }
    guard case .float(let number) = value else {
      if case .undefined(let value) = value { throw fail(value.reason) }
      throw fail("the filter \"abs\" takes a number, and was given a \(value.typeName)")
    }
    return .float(number.magnitude)
  }

  private func truncated(_ number: Double) throws(ChatTemplateError) -> Int {
    guard let whole = Int(exactly: number.rounded(.towardZero)) else {
      throw fail("a number is too large: it has more than 63 bits", .limit)
    }
    return whole
  }

  private func whole(_ text: Text, base: Int) throws(ChatTemplateError) -> Int? {
    guard base == 10 || base == 16 || base == 8 || base == 2 else {
      throw fail("the base \(base) of the filter \"int\" is not known here", .unknown)
    }
    var digits = text.scalars[...]
    let isNegative = digits.first == "-"
    if isNegative || digits.first == "+" { digits.removeFirst() }
    let prefix: [Int: [Unicode.Scalar]] = [16: ["x", "X"], 8: ["o", "O"], 2: ["b", "B"]]
    if digits.first == "0", let letter = digits.dropFirst().first, prefix[base]?.contains(letter) == true {
      digits = digits.dropFirst(2)
      if digits.first == "_" { digits.removeFirst() }
    }
    guard let bare = NumberText.digits(digits, base: base) else { return nil }
    guard let number = Int((isNegative ? "-" : "") + bare, radix: base) else {
      throw fail("a number is too large: it has more than 63 bits", .limit)
    }
    return number
  }
}

/// Numbers in texts, as Python reads them.
enum NumberText {
  /// Digits without the single underscores between them; nil for anything else.
  static func digits(_ source: ArraySlice<Unicode.Scalar>, base: Int) -> String? {
    var result = ""
    var followsDigit = false
    for scalar in source {
      if scalar == "_", followsDigit {
        followsDigit = false
      } else if scalar.digit(base: base) != nil {
        result.unicodeScalars.append(scalar)
        followsDigit = true
      } else {
        return nil
      }
    }
    return followsDigit ? result : nil
  }

  /// A number with or without a fraction and an exponent; nil for anything else.
  static func float(_ text: Text) -> Double? {
    var rest = text.scalars[...]
    let isNegative = rest.first == "-"
    if isNegative || rest.first == "+" { rest.removeFirst() }
    let sign = isNegative ? -1.0 : 1
    switch Text(rest).lowercased {
    case "inf", "infinity": return sign * .infinity
    case "nan": return .nan
    default: break
    }
    let mantissa = rest.prefix { $0 != "e" && $0 != "E" }
    let parts = mantissa.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    var written = ""
    for (index, part) in parts.enumerated() {
      if index > 0 { written += "." }
      guard !part.isEmpty else {
        written += "0"
        continue
      }
      guard let digits = digits(part, base: 10) else { return nil }
      written += digits
    }
    guard parts.contains(where: { !$0.isEmpty }) else { return nil }
    if mantissa.endIndex < rest.endIndex {
      var exponent = rest[(mantissa.endIndex + 1)...]
      written += "e"
      if let first = exponent.first, first == "-" || first == "+" {
        written.unicodeScalars.append(first)
        exponent.removeFirst()
      }
      guard let digits = digits(exponent, base: 10) else { return nil }
      written += digits
    }
    return Double(written).map { sign * $0 }
  }
}
