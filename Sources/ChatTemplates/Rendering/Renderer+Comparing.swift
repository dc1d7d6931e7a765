extension Renderer {
  /// `left == right`, as Python has it: numbers by value whatever their type, other values within their type.
  func areEqual(_ left: Value, _ right: Value) throws(ChatTemplateError) -> Bool {
    try spend(1)
    if let a = left.string, let b = right.string {
      try spend(min(a.count, b.count))
      return a == b
    }
    if let a = number(left), let b = number(right) { return a == b }
    switch (left, right) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)): return try areEqual(a.values, b.values)
    case (.mapping(let a), .mapping(let b)):
      guard a.count == b.count else { return false }
      for (key, value) in zip(a.keys, a.values) {
        guard let other = b[try hashed(key)], try areEqual(value, other) else { return false }
      }
      return true
    case (.range(let a), .range(let b)):
      return a.count == b.count && (a.count == 0 || a.start == b.start && (a.count == 1 || a.step == b.step))
    case (.namespace(let a), .namespace(let b)): return a === b
    case (.loop(let a), .loop(let b)): return a === b
    case (.iterator(let a), .iterator(let b)): return a === b
    case (.function(let a), .function(let b)): return a == b
    case (.view, .view), (.macro, .macro), (.method, .method):
      throw fail("a \(left.typeName) cannot be compared with another here", .unknown)
    default: return false
    }
  }

  private func areEqual(_ left: [Value], _ right: [Value]) throws(ChatTemplateError) -> Bool {
    guard left.count == right.count else { return false }
    for (a, b) in zip(left, right) {
      guard try areEqual(a, b) else { return false }
    }
    return true
  }

  /// `left < right`, or `left <= right`.
  func precedes(_ left: Value, _ right: Value, orIsEqual: Bool = false) throws(ChatTemplateError) -> Bool {
    try spend(1)
    for case .undefined(let value) in [left, right] { throw fail(value.reason) }
    if let a = left.string, let b = right.string {
      try spend(min(a.count, b.count))
      return a < b || orIsEqual && a == b
    }
    if let a = number(left), let b = number(right) { return a < b || orIsEqual && a == b }
    switch (left, right) {
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
      for (x, y) in zip(a.values, b.values) where try !areEqual(x, y) {
        return try precedes(x, y, orIsEqual: orIsEqual)
      }
      let (x, y) = (a.values.count, b.values.count)
      return x < y || orIsEqual && x == y
    default: throw fail("a \(left.typeName) and a \(right.typeName) have no order")
    }
  }

  /// A number that compares exactly with others.
  private func number(_ value: Value) -> Number? {
    if let whole = value.integer { return .whole(whole) }
    return if case .float(let value) = value { .fraction(value) } else { nil }
  }

  private enum Number {
    case whole(Int)
    case fraction(Double)

    static func == (a: Number, b: Number) -> Bool {
      switch (a, b) {
      case (.whole(let a), .whole(let b)): a == b
      case (.fraction(let a), .fraction(let b)): a == b
      case (.whole(let a), .fraction(let b)), (.fraction(let b), .whole(let a)): isSame(a, b)
      }
    }

    static func < (a: Number, b: Number) -> Bool {
      switch (a, b) {
      case (.whole(let a), .whole(let b)): a < b
      case (.fraction(let a), .fraction(let b)): a < b
      case (.whole(let a), .fraction(let b)): isLess(a, b)
      case (.fraction(let a), .whole(let b)): !a.isNaN && !isLess(b, a) && !isSame(b, a)
      }
    }

    private static func isSame(_ a: Int, _ b: Double) -> Bool { Int(exactly: b) == a }

    private static func isLess(_ a: Int, _ b: Double) -> Bool {
      guard !b.isNaN else { return false }
      guard b < 0x1p63 else { return true }
      guard b >= -0x1p63 else { return false }
      // The whole part of b is an Int now.
      let floor = b.rounded(.down)
      return a < Int(floor) || a == Int(floor) && floor < b
    }
  }

  func isHashable(_ value: Value) -> Bool {
    switch value {
    case .list, .mapping, .view, .iterator, .namespace, .loop, .macro, .function, .method, .range: false
    case .tuple(let items): items.values.allSatisfy(isHashable)
    default: true
    }
  }

  /// A value as a key of a mapping.
  func hashed(_ value: Value) throws(ChatTemplateError) -> Mapping.Key {
    try spend(1)
    if let text = value.string {
      try spend(text.count)
      return .text(text)
    }
    if let number = value.integer { return .int(number) }
    switch value {
    case .none: return .none
    case .undefined: return .undefined
    case .float(let number): return Int(exactly: number).map { .int($0) } ?? .float(number)
    case .tuple(let items):
      var keys: [Mapping.Key] = []
      for value in items.values { keys.append(try hashed(value)) }
      return .tuple(keys)
    default: throw fail("a \(value.typeName) cannot be a key of a mapping")
    }
  }
}
