internal import ParallelContext
internal import Testing

/// Policies as text.
@Suite struct PolicyParserTests {
  /// Values of every part.
  static let values: [(key: String, texts: [String])] = [
    ("placement", ["shared", "contiguous", "auto", "capped:0,1", "capped:4096,1024"]),
    ("view", ["none", "1", "1024"]),
    ("layers", ["all", "every:4,512", "every:1,0"]),
    ("heads", ["all", "adaptive:0.8", "adaptive:1.0"]),
    (
      "select",
      ["none", "exact:1", "lse:2", "moments:3", "mean:64", "bounds:1048576", "sketch:4"]
    ),
    ("least", ["0", "2048"]), ("reduce", ["none", "head+token", "two-pass", "focus", "settled"]),
    ("aim", ["select", "sketch", "exact"]), ("passage", ["none", "192", "1"]),
    ("residue", ["dropped", "groups:16,mean", "groups:65536,query"]),
    ("temperature", ["1", "0.1", "10"]), ("scale", ["1", "0.9"]), ("damp", ["0", "0.3", "10"]),
    ("slack", ["1", "0", "0.45"]),
  ]

  /// Each part behind one beside which it acts.
  @Test(arguments: values.indices) func everyPartComesBackFromItsDescription(_ index: Int) throws {
    let (key, texts) = Self.values[index]
    let before = [
      "least": "select=exact:2", "reduce": "select=exact:2,aim=mean", "aim": "select=lse:2,reduce=focus",
      "passage": "select=lse:2,reduce=settled", "slack": "select=bounds:2",
    ]
    for preset in AttentionPolicy.presets {
      var seen: Set<AttentionPolicy> = []
      for text in texts {
        let parts = [preset.name] + (before[key].map { [$0] } ?? []) + ["\(key)=\(text)"]
        let policy = try AttentionPolicy(parsing: parts.joined(separator: ","))
        #expect(try AttentionPolicy(parsing: policy.description) == policy)
        seen.insert(policy)
      }
      #expect(seen.count == texts.count)
    }
  }

  /// Texts are older than the types: a part that does not act beside the others is read and left out.
  @Test(
    arguments: [
      ("paper,aim=sketch,passage=9", "paper"), ("sink,least=9,reduce=focus,aim=mean", "sink"),
      ("paper,slack=0.3", "paper"), ("best,reduce=none,aim=mean", "best,reduce=none"),
      ("best,passage=none,passage=128", "best"), ("best,reduce=none,reduce=focus", "best"),
      ("fast,select=none,select=sketch:4", "fast"),
    ]
  )
  func partsThatDoNotActAreLeftOut(_ text: String, _ plain: String) throws {
    #expect(try AttentionPolicy(parsing: text) == AttentionPolicy(parsing: plain))
  }

  @Test(
    arguments: [
      ("placement=packed", "capped:NEAR,FAR"), ("best,heads=oracle:0.5", "adaptive:SHARE"),
      ("layers=top:4", "every:GROUP"), ("layers=top:4,512", "every:GROUP"),
      ("dga,residue=groups:16,norm", "mean, query"),
    ]
  )
  func whatWasRemovedIsSaidToBe(_ text: String, _ allowed: String) throws {
    let error = try #require(throws: ContextError.self) { try AttentionPolicy(parsing: text) }
    #expect(error.message.contains("was removed") && error.message.contains(allowed))
  }

  @Test func randomPoliciesComeBackFromTheirDescriptions() throws {
    var generator = SegmentFixture.Generator(state: 4)
    for _ in 0..<300 {
      let parts = Self.values.map { "\($0.key)=\($0.texts.randomElement(using: &generator) ?? "")" }
      let policy = try AttentionPolicy(parsing: parts.shuffled(using: &generator).joined(separator: ","))
      #expect(try AttentionPolicy(parsing: policy.description) == policy)
    }
  }

  @Test func everyPresetParses() throws {
    for preset in AttentionPolicy.presets {
      #expect(try AttentionPolicy(parsing: preset.name) == preset.policy)
      #expect(try AttentionPolicy(parsing: preset.policy.description) == preset.policy)
    }
    #expect(Set(AttentionPolicy.presets.map(\.name)).count == AttentionPolicy.presets.count)
  }

  @Test func shortChunksAreChosenInLargerNumbers() {
    let rule = ChunkCount(4, leastTokens: 2048)
    func count(_ lengths: [Int]) -> Int { rule.resolved(for: lengths) }
    #expect(count(Array(repeating: 1024, count: 64)) == 4)
    #expect(count(Array(repeating: 512, count: 8)) == 4)
    #expect(count(Array(repeating: 256, count: 16)) == 8)
    #expect(count(Array(repeating: 60, count: 100)) == 35)
    #expect(count([1000, 24, 1000, 24, 24]) == 5)
    #expect(count([]) == 4)
    #expect(Selection.perRow(.mean, count: rule).resolved(for: [256, 256]) == .perRow(.mean, count: 4))
  }

  @Test func defaultsOfPartsAreFilledIn() throws {
    #expect(try AttentionPolicy(parsing: "layers=every:4").layers == .every(group: 4, window: 512))
    #expect(
      try AttentionPolicy(parsing: "residue=groups:16").residue == .groups(size: 16, weighting: .query)
    )
    let named = try AttentionPolicy(parsing: "paper,select=lse:3")
    #expect(named.selection == .perLayer(.logMass, count: 3))
    #expect(named.placement == .shared)
  }

  @Test(
    arguments: [
      ("placement=left", "placement=left", ["shared", "contiguous", "capped:NEAR,FAR", "auto"]),
      ("paper,placement=capped:1", "placement=capped:1", ["capped:NEAR,FAR"]),
      ("placement=capped:1,2,3", "placement=capped:1,2,3", ["capped:NEAR,FAR"]),
      ("placement=capped:5,0", "placement=capped:5,0", ["capped:NEAR,FAR"]),
      ("view=-1", "view=-1", ["none", "GAP of 0 or more"]), ("view=near", "view=near", ["GAP"]),
      ("layers=some", "layers=some", ["all", "every:GROUP,WINDOW"]),
      ("layers=every:0,5", "layers=every:0,5", ["every:GROUP,WINDOW"]),
      ("layers=every:1,2,3", "layers=every:1,2,3", ["every:GROUP,WINDOW"]),
      ("layers=every:x", "layers=every:x", ["every:GROUP,WINDOW"]),
      ("heads=half", "heads=half", ["all", "adaptive:SHARE"]),
      ("heads=adaptive:1.1", "heads=adaptive:1.1", ["from 0 to 1"]),
      ("heads=adaptive:nan", "heads=adaptive:nan", ["from 0 to 1"]),
      ("heads=all:1", "heads=all:1", ["adaptive:SHARE"]),
      ("select=best:2", "select=best:2", ["none", "exact:K", "lse:K", "moments:K", "mean:K", "bounds:K"]),
      ("select=exact:0", "select=exact:0", ["K of 1 or more"]),
      ("select=exact", "select=exact", ["exact:K"]),
      ("select=exact:2,,", "select=exact:2,,", ["exact:K"]),
      ("reduce=all", "reduce=all", ["none", "head+token", "two-pass"]),
      ("aim=all", "aim=all", ["select", "exact", "sketch"]),
      ("passage=0", "passage=0", ["none", "1 or more"]), ("passage=all", "passage=all", ["none"]),
      ("residue=kept", "residue=kept", ["dropped", "groups:SIZE,WEIGHTING", "mean", "query"]),
      ("residue=groups:0", "residue=groups:0", ["groups:SIZE"]),
      ("residue=groups:4,max", "residue=groups:4,max", ["mean", "query"]),
      ("temperature=0", "temperature=0", ["0.1", "10.0"]), ("scale=x", "scale=x", ["0.1", "10.0"]),
      ("damp=-1", "damp=-1", ["0.0", "10.0"]), ("slack=2", "slack=2", ["0.0", "1.0"]),
      (
        "best,colour=red", "colour", ["placement", "layers", "heads", "select", "reduce", "residue", "slack"]
      ),
      ("bset", "bset", ["best", "paper", "fast", "ape", "star", "zebra", "dga"]),
      ("bset,damp=1", "bset", ["best"]), ("", "", ["best"]),
      ("damp=1,best", "damp=1,best", ["0.0"]),
    ] as [(String, String, [String])]
  )
  func theBadPartIsNamedWithWhatIsAllowed(_ text: String, _ part: String, _ allowed: [String]) throws {
    let error = try #require(throws: ContextError.self) { try AttentionPolicy(parsing: text) }
    let message = "\(error)"
    #expect(message.contains(part))
    for word in allowed { #expect(message.contains(word)) }
    // What is right is not blamed.
    if text != part { #expect(!message.contains(text) || !text.contains("=")) }
  }
}
