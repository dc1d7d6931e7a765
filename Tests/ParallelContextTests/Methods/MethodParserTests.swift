internal import ParallelContext
internal import Testing

/// Methods as text.
@Suite struct MethodParserTests {
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
    ("least", ["0", "2048"]), ("reduce", ["none", "head+token", "two-pass", "focus", "settled", "auto"]),
    ("aim", ["select", "sketch", "exact"]), ("scan", ["auto", "full"]), ("passage", ["none", "192", "1"]),
    ("residue", ["dropped", "groups:16,mean", "groups:65536,query"]),
    ("temperature", ["1", "0.1", "10"]), ("scale", ["1", "0.9"]), ("damp", ["0", "0.3", "10"]),
    ("slack", ["1", "0", "0.45"]),
  ]

  /// Each part behind one beside which it acts.
  @Test(arguments: values.indices) func everyPartComesBackFromItsDescription(_ index: Int) throws {
    let (key, texts) = Self.values[index]
    let before = [
      "least": "select=exact:2", "reduce": "select=exact:2,aim=mean", "aim": "select=lse:2,reduce=focus",
      "scan": "select=lse:2,reduce=focus,aim=sketch", "passage": "select=lse:2,reduce=settled",
      "slack": "select=bounds:2",
    ]
    for name in Self.readingNames {
      var seen: Set<Method> = []
      for text in texts {
        let parts = [name] + (before[key].map { [$0] } ?? []) + ["\(key)=\(text)"]
        let policy = try Method(parsing: parts.joined(separator: ","))
        #expect(try Method(parsing: policy.description) == policy)
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
      ("best,passage=none,passage=128", "best"), ("best,reduce=none,reduce=auto", "best"),
      ("fast,select=none,select=sketch:4", "fast"),
    ]
  )
  func partsThatDoNotActAreLeftOut(_ text: String, _ plain: String) throws {
    #expect(try Method(parsing: text) == Method(parsing: plain))
  }

  @Test(
    arguments: [
      ("placement=packed", "capped:NEAR,FAR"), ("best,heads=oracle:0.5", "adaptive:SHARE"),
      ("layers=top:4", "every:GROUP"), ("layers=top:4,512", "every:GROUP"),
      ("dga,residue=groups:16,norm", "mean, query"),
    ]
  )
  func whatWasRemovedIsSaidToBe(_ text: String, _ allowed: String) throws {
    let error = try #require(throws: ContextError.self) { try Method(parsing: text) }
    #expect(error.message.contains("was removed") && error.message.contains(allowed))
  }

  /// The names of methods that read chunks.
  private static let readingNames = Method.all.filter { $0.method != .fullAttention }.flatMap(\.names)

  @Test func randomPoliciesComeBackFromTheirDescriptions() throws {
    var generator = SegmentFixture.Generator(state: 4)
    for _ in 0..<300 {
      let parts = Self.values.map { "\($0.key)=\($0.texts.randomElement(using: &generator) ?? "")" }
      let policy = try Method(parsing: parts.shuffled(using: &generator).joined(separator: ","))
      #expect(try Method(parsing: policy.description) == policy)
    }
  }

  @Test func everyNameParses() throws {
    for (names, method) in Method.all {
      for name in names { #expect(try Method(parsing: name) == method) }
      #expect(try Method(parsing: method.description) == method)
    }
    let names = Method.all.flatMap(\.names)
    #expect(Set(names).count == names.count)
    #expect(Set(Method.all.map(\.method)).count == Method.all.count)
  }

  @Test(
    arguments: [
      ("best,left=256", true, .left(256)), ("left=64,damp=0.1", true, .left(64)),
      ("paper,left=0", true, .alone),
      ("paper,sink=none", false, .alone), ("naive", false, .alone), ("naive,left=8", false, .left(8)),
      ("star", true, .anchor(nil)), ("star,anchor=100", true, .anchor(100)), ("star,left=9", true, .left(9)),
      ("lego-link", true, .linked(16)), ("best,link=4,sink=none", false, .linked(4)),
      ("paper,anchor=chunk", true, .anchor(nil)),
    ] as [(String, Bool, ChunkEncoding.Sight)]
  )
  func theEncodingHalfIsRead(_ text: String, _ hasSink: Bool, _ sight: ChunkEncoding.Sight) throws {
    let method = try Method(parsing: text)
    #expect(method.demandedEncoding == ChunkEncoding(hasSink: hasSink, sight: sight))
    #expect(try Method(parsing: method.description) == method)
  }

  @Test(arguments: ["best", "fast", "zebra", "dga", "adaptive-heads", "select=exact:2"])
  func aReadingAloneDemandsNoEncoding(_ text: String) throws {
    let method = try Method(parsing: text)
    #expect(method.demandedEncoding == nil && method.encoding == .plain)
  }

  @Test(
    arguments: [
      ("best,left=4,link=4", "left= and link= cannot be combined"), ("star,anchor=1,left=2", "choose one"),
      ("best,sink=bos", "allowed is sink=none"), ("best,left=-1", "from 0 to 65536"),
      ("best,link=x", "from 0 to 65536"), ("full-attention,damp=1", "has none to change"),
      ("full-attention,left=4", "has none to change"),
    ]
  )
  func whatCannotBeCombinedIsRefused(_ text: String, _ words: String) throws {
    let error = try #require(throws: ContextError.self) { try Method(parsing: text) }
    #expect(error.message.contains(words))
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
    #expect(try Reading(parsing: "layers=every:4").layers == .every(group: 4, window: 512))
    #expect(
      try Reading(parsing: "residue=groups:16").residue == .groups(size: 16, weighting: .query)
    )
    let named = try Reading(parsing: "paper,select=lse:3")
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
        "best,colour=red", "colour",
        ["placement", "layers", "heads", "select", "reduce", "slack", "left", "sink"]
      ),
      (
        "bset", "bset",
        ["best", "paper", "fast", "ape", "star", "zebra", "dga", "naive", "full-attention", "lego-link"]
      ),
      ("bset,damp=1", "bset", ["best"]), ("", "", ["best"]),
      ("damp=1,best", "damp=1,best", ["0.0"]),
    ] as [(String, String, [String])]
  )
  func theBadPartIsNamedWithWhatIsAllowed(_ text: String, _ part: String, _ allowed: [String]) throws {
    let error = try #require(throws: ContextError.self) { try Method(parsing: text) }
    let message = "\(error)"
    #expect(message.contains(part))
    for word in allowed { #expect(message.contains(word)) }
    // A part that is right is not blamed.
    if text != part { #expect(!message.contains(text) || !text.contains("=")) }
  }
}
