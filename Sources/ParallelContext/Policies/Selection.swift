/// Which chunks a query attends to.
public enum Selection: Sendable, Hashable, CustomStringConvertible {
  /// All of them.
  case none
  /// The best ones by a rule.
  case top(Rule)

  /// How many chunks are attended, by what they are measured, and over what one choice is made.
  public struct Rule: Sendable, Hashable {
    /// By what chunks are ranked.
    public var measure: Measure
    /// How many are attended.
    public var count: Int
    /// More are where these have fewer tokens together, on average: short chunks hold less, and `count` of them
    /// would be a smaller part of what a question needs.
    public var leastTokens: Int
    /// Over what one choice is made.
    public var reduction: Reduction
    /// By what chunks are ranked in the first pass over a question of which it is looked for whether it points at few
    /// of them; nil for ``measure``.
    public var aim: Measure?
    /// Of a chunk that a question points at, at one place of it, how many tokens around that place are attended; nil
    /// for all of it. See ``PassageFinder``.
    public var passage: Int?

    /// Whether chunks are chosen once for the whole question, in a first pass over it.
    var isForWholeQuestion: Bool { [.twoPass, .focus, .settled].contains(reduction) }

    /// Whether it is looked for whether the question points at few chunks.
    var aims: Bool { reduction == .focus || reduction == .settled }
    /// By what chunks are ranked, in the first pass over a question or for its answer.
    func ranking(isFirstPass: Bool) -> Measure { isFirstPass && aims ? aim ?? measure : measure }
    /// What any pass ranks chunks by.
    var measures: Set<Measure> { [measure, ranking(isFirstPass: true)] }
    /// The most chunks that a question can point at.
    var focusCount: Int { max(count, 4) }
    /// How many of the best chunks of a first pass are held: one more than a question can point at, to tell whether it
    /// does.
    var candidateCount: Int { aims ? focusCount + 1 : count }

    /// Makes a rule out of its parts.
    public init(
      _ measure: Measure,
      count: Int,
      leastTokens: Int = 0,
      reduction: Reduction = .none,
      aim: Measure? = nil,
      passage: Int? = nil
    ) {
      self.aim = aim
      self.passage = passage
      self.measure = measure
      self.count = count
      self.leastTokens = leastTokens
      self.reduction = reduction
    }

    /// The rule for chunks of given lengths, in tokens: its count says all.
    package func resolved(for lengths: [Int]) -> Rule {
      let tokens = lengths.reduce(0, +)
      guard leastTokens > 0, tokens > 0 else { return self }
      let needed = (leastTokens * lengths.count + tokens - 1) / tokens
      var rule = self
      (rule.count, rule.leastTokens) = (max(count, min(needed, lengths.count)), 0)
      return rule
    }
  }

  /// By what chunks are ranked, for a query q and the keys k of a chunk at its place.
  public enum Measure: String, Sendable, CaseIterable {
    /// The sum of the five largest attention weights in the chunk (arXiv 2412.16545).
    case exact
    /// The chunk's share of all attention: its log-sum-exp, damped as in the merge.
    case lse
    /// As ``exact``, with the logits of the chunk's sketch: of the channels that RoPE turns slowly, in four bits
    /// each. Needs no keys.
    case sketch
    /// The share by the estimate ln n + q mu / sqrt(d) + q' C q / (2 d) from the keys' count, mean and
    /// covariance (after arXiv 2502.09647). Needs no keys.
    case moments
    /// The mean logit, q mu / sqrt(d). Needs no keys.
    case mean
    /// An estimate of the largest logit from the range that each channel has on each page of keys (after
    /// Quest, arXiv 2406.10774; see ``AttentionPolicy/slack``). Needs no keys.
    case bounds

    /// Whether the keys of every chunk have to be read for it.
    package var needsKeys: Bool { self == .exact || self == .lse }
  }

  /// Over what one choice is made.
  public enum Reduction: String, Sendable, CaseIterable {
    /// Every head and query token chooses for itself.
    case none
    /// One choice per layer, for all tokens that go through it together.
    case headAndToken = "head+token"
    /// One choice for all layers, gathered in a first pass over the question.
    case twoPass = "two-pass"
    /// Where a first pass shows that the question points at a few chunks, these for everyone, right behind the
    /// sink; else every head and query token chooses for itself. See ``PassageFinder``.
    case focus
    /// Where a first pass shows that the question points at a few chunks, these for everyone; else the one
    /// choice of all layers, at both places. After the question no chunk is looked at that was not chosen.
    case settled
  }

  /// Every head and query token for itself takes the `count` chunks of the largest top weights.
  public static func exact(count: Int, reduction: Reduction = .none) -> Selection {
    .top(Rule(.exact, count: count, reduction: reduction))
  }

  /// The rule, nil when all chunks are attended.
  package var rule: Rule? {
    if case .top(let rule) = self { return rule }
    return nil
  }

  /// The form on the command line.
  public var description: String {
    switch self {
    case .none: "none"
    case .top(let rule):
      "\(rule.measure.rawValue):\(rule.count),reduce=\(rule.reduction.rawValue)"
        + (rule.leastTokens > 0 ? ",least=\(rule.leastTokens)" : "")
        + ",aim=\(rule.aim?.rawValue ?? "select"),passage=\(rule.passage.map(String.init) ?? "none")"
    }
  }
}
