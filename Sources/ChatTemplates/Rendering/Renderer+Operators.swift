extension Renderer {
  private func tooLarge() -> ChatTemplateError {
    fail("a number is too large: it has more than 63 bits", .limit)
  }

  private func float(_ value: Value) -> Double? {
    if case .float(let value) = value { value } else { value.integer.map { Double($0) } }
  }

  private func undefined(_ values: Value...) throws(ChatTemplateError) {
    for case .undefined(let value) in values { throw fail(value.reason) }
  }

  func negative(_ value: Value) throws(ChatTemplateError) -> Value {
    try undefined(value)
    if let number = value.integer {
      let (result, overflow) = (0).subtractingReportingOverflow(number)
      guard !overflow else { throw tooLarge() }
      return .int(result)
    }
    guard case .float(let number) = value else { throw fail("a \(value.typeName) has no negative") }
    return .float(-number)
  }

  func positive(_ value: Value) throws(ChatTemplateError) -> Value {
    try undefined(value)
    if let number = value.integer { return .int(number) }
    guard case .float = value else { throw fail("\"+\" before a \(value.typeName) has no meaning") }
    return value
  }

  func calculate(_ operation: Expression.Arithmetic, _ left: Value, _ right: Value) throws(ChatTemplateError)
    -> Value
  {
    try undefined(left, right)
    if operation == .plus, let sum = try joined(left, right) { return sum }
    if operation == .times {
      if let row = try repeated(left, right) { return row }
      if let row = try repeated(right, left) { return row }
    }
    if operation == .remainder, left.string != nil {
      throw fail("formats (\"%\" behind a string) are not known here; join strings with \"~\"", .unknown)
    }
    if let a = left.integer, let b = right.integer, operation != .divided {
      return try calculate(operation, a, b)
    }
    guard let a = float(left), let b = float(right) else {
      throw fail(
        "\"\(operation.rawValue)\" has no meaning between a \(left.typeName) and a \(right.typeName)"
      )
    }
    return .float(try calculate(operation, a, b))
  }

  private func calculate(_ operation: Expression.Arithmetic, _ a: Int, _ b: Int) throws(ChatTemplateError)
    -> Value
  {
    let result: (partialValue: Int, overflow: Bool)
    switch operation {
    case .plus: result = a.addingReportingOverflow(b)
    case .minus: result = a.subtractingReportingOverflow(b)
    case .times: result = a.multipliedReportingOverflow(by: b)
    case .quotient:
      guard b != 0 else { throw fail("a number is divided by zero") }
      // Python rounds down.
      guard !(a == .min && b == -1) else { throw tooLarge() }
      result = (a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0), false)
    case .remainder:
      guard b != 0 else { throw fail("a number is divided by zero") }
      let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
      result = (rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest, false)
    case .power:
      guard b >= 0 else { throw fail("powers with a negative exponent are not known here", .unknown) }
      result = power(a, b)
    case .divided: result = (0, true)  // never for whole numbers
    }
    guard !result.overflow else { throw tooLarge() }
    return .int(result.partialValue)
  }

  private func power(_ base: Int, _ exponent: Int) -> (Int, Bool) {
    if exponent == 0 || base == 1 { return (1, false) }
    if base == 0 { return (0, false) }
    if base == -1 { return (exponent % 2 == 0 ? 1 : -1, false) }
    guard exponent < 64 else { return (0, true) }
    var result = 1
    for _ in 0..<exponent {
      let (next, overflow) = result.multipliedReportingOverflow(by: base)
      guard !overflow else { return (0, true) }
      result = next
    }
    return (result, false)
  }

  private func calculate(_ operation: Expression.Arithmetic, _ a: Double, _ b: Double)
    throws(ChatTemplateError)
    -> Double
  {
    switch operation {
    case .plus: return a + b
    case .minus: return a - b
    case .times: return a * b
    case .power: throw fail("powers of numbers with a fraction are not known here", .unknown)
    case .divided, .quotient, .remainder:
      guard b != 0 else { throw fail("a number is divided by zero") }
      if operation == .divided { return a / b }
      // As Python's `float_divmod` has it: the remainder has the divisor's sign.
      var rest = a.truncatingRemainder(dividingBy: b)
      var quotient = (a - rest) / b
      if rest != 0, (rest < 0) != (b < 0) {
        rest += b
        quotient -= 1
      }
      if operation == .remainder { return rest == 0 ? Double(signOf: b, magnitudeOf: 0) : rest }
      let floor = quotient.rounded(.down)
      return quotient - floor > 0.5 ? floor + 1 : floor
    }
  }

  /// Two texts or lists in one; nil for other values.
  private func joined(_ left: Value, _ right: Value) throws(ChatTemplateError) -> Value? {
    switch (left, right) {
    case (.list(let a), .list(let b)): return try list(a.values + b.values)
    case (.tuple(let a), .tuple(let b)): return try tuple(a.values + b.values)
    default: break
    }
    guard let a = left.string, let b = right.string else { return nil }
    try spend(a.count + b.count)
    switch (left, right) {
    case (.text, .text): return .text(a + b)
    case (.markup, .markup): return .markup(a + b)
    case (.markup, _): return .markup(a + (try escaped(b)))
    default: return .markup((try escaped(a)) + b)
    }
  }

  /// A text or list so many times; nil for other values.
  private func repeated(_ value: Value, _ number: Value) throws(ChatTemplateError) -> Value? {
    guard let number = number.integer else { return nil }
    let count: Int
    switch value {
    case .text(let text), .markup(let text): count = text.count
    case .list(let items), .tuple(let items): count = items.values.count
    default: return nil
    }
    let times = max(number, 0)
    let (total, overflow) = times.multipliedReportingOverflow(by: max(count, 1))
    try spend(overflow ? .max : total)
    func row<Element>(_ elements: [Element]) -> [Element] {
      count == 0 ? [] : Array(repeatElement(elements, count: times).joined())
    }
    switch value {
    case .text(let text): return .text(Text(row(text.scalars)))
    case .markup(let text): return .markup(Text(row(text.scalars)))
    case .list(let items): return try list(row(items.values))
    case .tuple(let items): return try tuple(row(items.values))
    default: return nil
    }
  }
}
