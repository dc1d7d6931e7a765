/// Which chunks a query attends to.
public enum Selection: Sendable, Hashable, CustomStringConvertible {
  /// All of them.
  case none
  /// The `count` chunks with the largest sum of top attention weights (arXiv 2412.16545, section 1 of its
  /// method).
  case exact(count: Int, reduction: Reduction)

  /// Over what one choice is made.
  public enum Reduction: String, Sendable, CaseIterable {
    /// Every head and query token chooses for itself.
    case none
    /// One choice per layer.
    case headAndToken = "head+token"
    /// One choice for all layers, gathered in a first pass over the question.
    case twoPass = "two-pass"
  }

  /// The form on the command line.
  public var description: String {
    switch self {
    case .none: "none"
    case .exact(let count, let reduction): "exact:\(count),reduce=\(reduction.rawValue)"
    }
  }
}

/// How a query reads a merged context: one composable value.
public struct AttentionPolicy: Sendable, Hashable, CustomStringConvertible {
  /// Where the chunks appear to stand.
  public var placement: Placement
  /// Which chunks are attended.
  public var selection: Selection
  /// What the logits of chunks are divided by (APE, arXiv 2502.05431); 1 for none.
  public var temperature: Double
  /// The factor of the chunks' joint log-mass (APE); 1 for none.
  public var scale: Double
  /// The part of its own entropy that a far chunk loses of its log-mass; 0 for none.
  public var damping: Double

  /// Makes a policy out of its parts.
  public init(
    placement: Placement = .automatic,
    selection: Selection = .exact(count: 2, reduction: .none),
    temperature: Double = 1,
    scale: Double = 1,
    damping: Double = 0
  ) {
    self.placement = placement
    self.selection = selection
    self.temperature = temperature
    self.scale = scale
    self.damping = damping
  }

  /// The default: true positions while they fit, two chunks for every head and token, far chunks damped.
  ///
  /// The figures were chosen by hand on a few documents and questions; they are a start, not a measurement.
  public static let best = AttentionPolicy(damping: 0.3)
  /// The layout of arXiv 2412.16545 without selection.
  public static let sink = AttentionPolicy(placement: .shared, selection: .none)
  /// The layout of arXiv 2412.16545 with its selection.
  public static let paper = AttentionPolicy(
    placement: .shared,
    selection: .exact(count: 2, reduction: .headAndToken)
  )

  /// Adaptive parallel encoding with the values of its demonstration (arXiv 2502.05431).
  public static let ape = AttentionPolicy(
    placement: .shared,
    selection: .none,
    temperature: 0.9,
    scale: 0.9
  )

  /// The named policies.
  public static let presets: [(name: String, policy: AttentionPolicy)] = [
    ("best", best), ("paper", paper), ("sink", sink), ("ape", ape),
  ]

  /// The form that ``init(parsing:)`` reads.
  public var description: String {
    let ape = temperature == 1 && scale == 1 ? "" : ",temperature=\(temperature),scale=\(scale)"
    return "placement=\(placement),select=\(selection),damp=\(damping)\(ape)"
  }

  /// Reads a preset's name or a list of parts, such as
  /// `placement=capped:4096,1024,select=exact:2,reduce=head+token`.
  ///
  /// Parts that are not named keep the value they have in ``best``.
  ///
  /// - Throws: ``ContextError`` that names the bad part and what is allowed.
  public init(parsing text: String) throws(ContextError) {
    if let preset = Self.presets.first(where: { $0.name == text }) {
      self = preset.policy
      return
    }
    self = .best
    var count: Int?
    var reduction: Selection.Reduction?
    for (key, value) in try Self.parts(text) {
      switch key {
      case "placement": placement = try Self.placement(value)
      case "select": count = try Self.selectionCount(value)
      case "reduce":
        guard let known = Selection.Reduction(rawValue: value) else {
          let allowed = Selection.Reduction.allCases.map(\.rawValue).joined(separator: ", ")
          throw ContextError("policy: reduce=\(value) is not known; allowed are \(allowed)")
        }
        reduction = known
      case "temperature": temperature = try Self.factor(key, value)
      case "damp":
        guard let value = Double(value), value >= 0, value <= 10 else {
          throw ContextError("policy: damp=\(value) is not possible; allowed are numbers from 0 to 10")
        }
        damping = value
      case "scale": scale = try Self.factor(key, value)
      default:
        throw ContextError(
          "policy: \(key) is not known; allowed are placement, select, reduce, temperature, scale, damp, or one of the presets "
            + Self.presets.map(\.name).joined(separator: ", ")
        )
      }
    }
    if count == 0 {
      selection = .none
    } else if case .exact(let standard, let usual) = selection {
      selection = .exact(count: count ?? standard, reduction: reduction ?? usual)
    }
  }

  /// Splits at commas; a piece without "=" continues the value before it, as in `capped:4096,1024`.
  private static func parts(_ text: String) throws(ContextError) -> [(String, String)] {
    var result: [(String, String)] = []
    for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
      if let equals = piece.firstIndex(of: "=") {
        result.append((String(piece[..<equals]), String(piece[piece.index(after: equals)...])))
      } else if let last = result.popLast() {
        result.append((last.0, last.1 + "," + piece))
      } else {
        throw ContextError(
          "policy: \(text) is neither a preset (\(presets.map(\.name).joined(separator: ", "))) nor a list of key=value"
        )
      }
    }
    return result
  }

  private static func placement(_ text: String) throws(ContextError) -> Placement {
    switch text {
    case "shared": return .shared
    case "contiguous": return .contiguous
    case "auto": return .automatic
    default: break
    }
    let numbers = text.hasPrefix("capped:") ? text.dropFirst(7).split(separator: ",").map { Int($0) } : []
    if numbers.count == 2, let near = numbers[0], let far = numbers[1], (0...1 << 24).contains(near),
      (1...1 << 24).contains(far)
    {
      return .capped(near: near, far: far)
    }
    throw ContextError(
      "policy: placement=\(text) is not known; allowed are shared, contiguous, capped:NEAR,FAR, auto"
    )
  }

  private static func selectionCount(_ text: String) throws(ContextError) -> Int {
    if text == "none" { return 0 }
    if text.hasPrefix("exact:"), let count = Int(text.dropFirst(6)), (1...1 << 20).contains(count) {
      return count
    }
    throw ContextError("policy: select=\(text) is not known; allowed are none, exact:K with K of 1 or more")
  }

  private static func factor(_ key: String, _ text: String) throws(ContextError) -> Double {
    if let value = Double(text), value >= 0.1, value <= 10 { return value }
    throw ContextError("policy: \(key)=\(text) is not possible; allowed are numbers from 0.1 to 10")
  }
}
