/// Reads the parts of a method's text that are about its reading half, one after the other.
struct ReadingParser {
  private static let keys = [
    "placement", "view", "layers", "heads", "select", "least", "reduce", "residue", "temperature", "scale",
    "damp", "slack", "aim", "scan", "passage",
  ]
  private static let tokens = 0...1 << 24

  var text: ReadingText

  mutating func read(_ key: String, _ value: String) throws(ContextError) {
    switch key {
    case "placement": text.reading.placement = try Self.placement(value)
    case "view": text.reading.view = try Self.view(value)
    case "layers": text.reading.layers = try Self.layers(value)
    case "heads": text.reading.heads = try Self.heads(value)
    case "select": try select(value)
    case "least":
      guard let tokens = Int(value), Self.tokens.contains(tokens) else {
        throw Self.bad(key, value, "numbers of tokens, 0 or more")
      }
      text.leastTokens = tokens
    case "reduce": text.reduction = try Self.word(key, value)
    case "aim": text.aim = value == "select" ? nil : try Self.word(key, value, or: "select, ")
    case "scan": text.scan = try Self.word(key, value)
    case "passage": text.passageTokens = try Self.passage(value)
    case "residue": text.reading.residue = try Self.residue(value)
    case "temperature": text.reading.temperature = try Self.number(key, value, 0.1...10)
    case "scale": text.reading.scale = try Self.number(key, value, 0.1...10)
    case "damp": text.reading.damping = try Self.number(key, value, 0...10)
    case "slack": text.slack = try Self.number(key, value, 0...1)
    default:
      let keys = (Self.keys + EncodingParser.keys).joined(separator: ", ")
      throw ContextError(
        .badMethod,
        "policy: \(key) is not known; allowed are \(keys), or one of the methods \(Method.names)"
      )
    }
  }

  private mutating func select(_ value: String) throws(ContextError) {
    if value == "none" {
      text.selects = false
      return
    }
    let (word, numbers) = Self.split(value)
    guard let measure = ReadingText.Measure(rawValue: word), numbers.count == 1, let count = Int(numbers[0]),
      (1...1 << 20).contains(count)
    else {
      let measures = ReadingText.Measure.allCases.map { $0.rawValue + ":K" }.joined(separator: ", ")
      throw Self.bad("select", value, "none, \(measures) with K of 1 or more")
    }
    (text.measure, text.count, text.selects) = (measure, count, true)
  }

  private static func placement(_ value: String) throws(ContextError) -> Placement {
    let allowed = "shared, contiguous, capped:NEAR,FAR, auto"
    switch value {
    case "shared": return .shared
    case "contiguous": return .contiguous
    case "auto": return .automatic
    case "packed": throw removed("placement", value, allowed)
    default: break
    }
    let (word, texts) = split(value)
    let numbers = texts.map { Int($0) }
    if word == "capped", numbers.count == 2, let near = numbers[0], let far = numbers[1],
      tokens.contains(near), far > 0, tokens.contains(far)
    {
      return .capped(near: near, far: far)
    }
    throw bad("placement", value, allowed)
  }

  private static func view(_ value: String) throws(ContextError) -> Int? {
    if value == "none" { return nil }
    if let gap = Int(value), tokens.contains(gap) { return gap }
    throw bad("view", value, "none, GAP of 0 or more tokens")
  }

  private static func passage(_ value: String) throws(ContextError) -> Int? {
    if value == "none" { return nil }
    if let count = Int(value), count > 0, tokens.contains(count) { return count }
    throw bad("passage", value, "none, numbers of tokens of 1 or more")
  }

  private static func layers(_ value: String) throws(ContextError) -> Layers {
    let allowed = "all, every:GROUP, every:GROUP,WINDOW"
    if value == "all" { return .all }
    let (word, texts) = split(value)
    let numbers = texts.map { Int($0) ?? -1 }
    if word == "top" { throw removed("layers", value, allowed) }
    if word == "every", (1...2).contains(numbers.count), (1...1 << 16).contains(numbers[0]) {
      let window = numbers.count == 2 ? numbers[1] : 512
      if tokens.contains(window) { return .every(group: numbers[0], window: window) }
    }
    throw bad("layers", value, allowed)
  }

  private static func heads(_ value: String) throws(ContextError) -> Heads {
    let allowed = "all, adaptive:SHARE with SHARE from 0 to 1"
    if value == "all" { return .all }
    let (word, numbers) = split(value)
    if word == "oracle" { throw removed("heads", value, allowed) }
    if word == "adaptive", numbers.count == 1, let threshold = Double(numbers[0]), (0...1).contains(threshold)
    {
      return .adaptive(threshold: threshold)
    }
    throw bad("heads", value, allowed)
  }

  private static func residue(_ value: String) throws(ContextError) -> Residue {
    let allowed =
      "dropped, groups:SIZE, groups:SIZE,WEIGHTING with WEIGHTING of \(names(Residue.Weighting.self))"
    if value == "dropped" { return .dropped }
    let (word, parts) = split(value)
    if word == "groups", (1...2).contains(parts.count), let size = Int(parts[0]),
      (1...1 << 16).contains(size)
    {
      if parts.count == 1 { return .groups(size: size, weighting: .query) }
      if let weighting = Residue.Weighting(rawValue: parts[1]) {
        return .groups(size: size, weighting: weighting)
      }
      if parts[1] == "norm" { throw removed("residue", value, allowed) }
    }
    throw bad("residue", value, allowed)
  }

  private static func number(
    _ key: String,
    _ text: String,
    _ range: ClosedRange<Double>
  ) throws(ContextError) -> Double {
    if let value = Double(text), range.contains(value) { return value }
    throw ContextError(
      .badMethod,
      "policy: \(key)=\(text) is not possible; allowed are numbers from \(range.lowerBound) to \(range.upperBound)"
    )
  }

  private static func word<Value: RawRepresentable & CaseIterable>(
    _ key: String,
    _ text: String,
    or others: String = ""
  ) throws(ContextError) -> Value where Value.RawValue == String {
    guard let value = Value(rawValue: text) else { throw bad(key, text, others + names(Value.self)) }
    return value
  }

  /// Splits `word:a,b` into the word and the parts behind its colon.
  private static func split(_ text: String) -> (word: String, parts: [String]) {
    guard let colon = text.firstIndex(of: ":") else { return (text, []) }
    let rest = text[text.index(after: colon)...]
    return (
      String(text[..<colon]), rest.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    )
  }

  private static func names<Value: RawRepresentable & CaseIterable>(_: Value.Type) -> String
  where Value.RawValue == String {
    Value.allCases.map(\.rawValue).joined(separator: ", ")
  }

  private static func bad(_ key: String, _ text: String, _ allowed: String) -> ContextError {
    ContextError(.badMethod, "policy: \(key)=\(text) is not known; allowed are \(allowed)")
  }

  private static func removed(_ key: String, _ text: String, _ allowed: String) -> ContextError {
    ContextError(
      .badMethod,
      "policy: \(key)=\(text) was removed, as no measurement speaks for it; allowed are \(allowed)"
    )
  }
}
