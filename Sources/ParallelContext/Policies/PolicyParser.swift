extension AttentionPolicy {
  /// Reads a preset's name or a list of parts, such as
  /// `placement=capped:4096,1024,select=exact:2,reduce=head+token`; a preset's name may come first and parts
  /// after it.
  ///
  /// Parts that are not named keep the value they have in the preset, or in ``best``.
  ///
  /// - Throws: ``ContextError`` that names the bad part and what is allowed.
  public init(parsing text: String) throws(ContextError) {
    var pieces = text.split(separator: ",", omittingEmptySubsequences: false)
    let name = pieces.first.map(String.init) ?? ""
    if let preset = Self.presets.first(where: { $0.name == name }) {
      self = preset.policy
      pieces.removeFirst()
    } else {
      self = .best
    }
    var parser = PolicyParser(policy: self)
    for (key, value) in try Self.parts(pieces) { try parser.read(key, value) }
    self = parser.finished
  }

  /// A piece without "=" continues the value before it, as in `capped:4096,1024`.
  private static func parts(_ pieces: [Substring]) throws(ContextError) -> [(String, String)] {
    var result: [(String, String)] = []
    for piece in pieces {
      if let equals = piece.firstIndex(of: "=") {
        result.append((String(piece[..<equals]), String(piece[piece.index(after: equals)...])))
      } else if let last = result.popLast() {
        result.append((last.0, last.1 + "," + piece))
      } else {
        throw ContextError(
          "policy: \(piece) is neither a preset (\(presets.map(\.name).joined(separator: ", "))) nor key=value"
        )
      }
    }
    return result
  }
}

/// Reads the parts of a policy, one after the other.
private struct PolicyParser {
  private static let keys = [
    "placement", "view", "layers", "heads", "select", "least", "reduce", "residue", "temperature", "scale",
    "damp", "slack", "aim", "passage",
  ]
  private var policy: AttentionPolicy
  private var rule: Selection.Rule
  private var selects: Bool

  init(policy: AttentionPolicy) {
    self.policy = policy
    rule = policy.selection.rule ?? Selection.Rule(.exact, count: 2)
    selects = policy.selection.rule != nil
  }

  /// The policy with everything that was read.
  var finished: AttentionPolicy {
    var result = policy
    result.selection = selects ? .top(rule) : .none
    return result
  }

  mutating func read(_ key: String, _ text: String) throws(ContextError) {
    switch key {
    case "placement": policy.placement = try Self.placement(text)
    case "view": policy.view = try Self.view(text)
    case "layers": policy.layers = try Self.layers(text)
    case "heads": policy.heads = try Self.heads(text)
    case "select": try select(text)
    case "least":
      guard let tokens = Int(text), (0...1 << 24).contains(tokens) else {
        throw Self.bad(key, text, "numbers of tokens, 0 or more")
      }
      rule.leastTokens = tokens
    case "reduce":
      guard let known = Selection.Reduction(rawValue: text) else {
        throw Self.bad(key, text, Self.names(Selection.Reduction.self))
      }
      rule.reduction = known
    case "aim":
      guard let known = text == "select" ? .some(nil) : Selection.Measure(rawValue: text).map(Optional.some)
      else {
        throw Self.bad(key, text, "select, " + Self.names(Selection.Measure.self))
      }
      rule.aim = known
    case "passage":
      guard text != "none" else {
        rule.passage = nil
        return
      }
      guard let tokens = Int(text), (1...1 << 24).contains(tokens) else {
        throw Self.bad(key, text, "none, numbers of tokens of 1 or more")
      }
      rule.passage = tokens
    case "residue": policy.residue = try Self.residue(text)
    case "temperature": policy.temperature = try Self.number(key, text, 0.1...10)
    case "scale": policy.scale = try Self.number(key, text, 0.1...10)
    case "damp": policy.damping = try Self.number(key, text, 0...10)
    case "slack": policy.slack = try Self.number(key, text, 0...1)
    default:
      let presets = AttentionPolicy.presets.map(\.name).joined(separator: ", ")
      throw ContextError(
        "policy: \(key) is not known; allowed are \(Self.keys.joined(separator: ", ")), or one of the presets \(presets)"
      )
    }
  }

  private mutating func select(_ text: String) throws(ContextError) {
    if text == "none" {
      selects = false
      return
    }
    let (word, numbers) = Self.split(text)
    guard let measure = Selection.Measure(rawValue: word), numbers.count == 1, let count = Int(numbers[0]),
      (1...1 << 20).contains(count)
    else {
      let measures = Selection.Measure.allCases.map { $0.rawValue + ":K" }.joined(separator: ", ")
      throw Self.bad("select", text, "none, \(measures) with K of 1 or more")
    }
    (rule.measure, rule.count, selects) = (measure, count, true)
  }

  private static func placement(_ text: String) throws(ContextError) -> Placement {
    switch text {
    case "shared": return .shared
    case "contiguous": return .contiguous
    case "packed": return .packed
    case "auto": return .automatic
    default: break
    }
    let (word, texts) = split(text)
    let numbers = texts.map { Int($0) }
    if word == "capped", numbers.count == 2, let near = numbers[0], let far = numbers[1],
      (0...1 << 24).contains(near), (1...1 << 24).contains(far)
    {
      return .capped(near: near, far: far)
    }
    throw bad("placement", text, "shared, contiguous, capped:NEAR,FAR, packed, auto")
  }

  private static func view(_ text: String) throws(ContextError) -> Int? {
    if text == "none" { return nil }
    if let gap = Int(text), (0...1 << 24).contains(gap) { return gap }
    throw bad("view", text, "none, GAP of 0 or more tokens")
  }

  private static func layers(_ text: String) throws(ContextError) -> Layers {
    if text == "all" { return .all }
    let (word, texts) = split(text)
    let numbers = texts.map { Int($0) ?? -1 }
    if (1...2).contains(numbers.count), (1...1 << 16).contains(numbers[0]) {
      let window = numbers.count == 2 ? numbers[1] : 512
      if (0...1 << 24).contains(window) {
        if word == "every" { return .every(group: numbers[0], window: window) }
        if word == "top" { return .top(count: numbers[0], window: window) }
      }
    }
    throw bad("layers", text, "all, every:GROUP, every:GROUP,WINDOW, top:COUNT, top:COUNT,WINDOW")
  }

  private static func heads(_ text: String) throws(ContextError) -> Heads {
    if text == "all" { return .all }
    let (word, numbers) = split(text)
    if numbers.count == 1, let threshold = Double(numbers[0]), (0...1).contains(threshold) {
      if word == "adaptive" { return .adaptive(threshold: threshold) }
      if word == "oracle" { return .oracle(threshold: threshold) }
    }
    throw bad("heads", text, "all, adaptive:SHARE, oracle:SHARE with SHARE from 0 to 1")
  }

  private static func residue(_ text: String) throws(ContextError) -> Residue {
    if text == "dropped" { return .dropped }
    let (word, parts) = split(text)
    if word == "groups", (1...2).contains(parts.count), let size = Int(parts[0]),
      (1...1 << 16).contains(size),
      let weighting = parts.count == 2 ? Residue.Weighting(rawValue: parts[1]) : .query
    {
      return .groups(size: size, weighting: weighting)
    }
    throw bad(
      "residue",
      text,
      "dropped, groups:SIZE, groups:SIZE,WEIGHTING with WEIGHTING of \(names(Residue.Weighting.self))"
    )
  }

  private static func number(
    _ key: String,
    _ text: String,
    _ range: ClosedRange<Double>
  ) throws(ContextError) -> Double {
    if let value = Double(text), range.contains(value) { return value }
    throw ContextError(
      "policy: \(key)=\(text) is not possible; allowed are numbers from \(range.lowerBound) to \(range.upperBound)"
    )
  }

  /// A word, and what stands behind its colon, between commas.
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
    ContextError("policy: \(key)=\(text) is not known; allowed are \(allowed)")
  }
}
