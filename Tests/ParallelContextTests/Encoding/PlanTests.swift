internal import ParallelContext
internal import Testing

@Suite struct PlanTests {
  private func plan(_ boundaries: [UInt8], _ size: Int, context: Int = 8192) throws -> ContextPlan {
    try ContextPlan(
      boundaries: boundaries,
      cutting: .size(size),
      sinkTokens: [1, 2],
      contextLength: context
    )
  }

  @Test func chunksCoverTheDocumentWithoutGaps() throws {
    for (count, size) in [(1, 1), (1, 100), (100, 100), (101, 100), (1234, 100), (7, 3)] {
      let plan = try plan([UInt8](repeating: 0, count: count), size)
      #expect(plan.chunks.first?.lowerBound == 0)
      #expect(plan.tokens == count)
      #expect(zip(plan.chunks, plan.chunks.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
      #expect(plan.chunks.allSatisfy { !$0.isEmpty && $0.count <= size })
    }
  }

  @Test func aParagraphIsPreferredToALineAndALineToAToken() throws {
    var boundaries = [UInt8](repeating: 0, count: 300)
    boundaries[97] = 1
    #expect(try plan(boundaries, 100).chunks[0] == 0..<98)
    boundaries[92] = 2
    #expect(try plan(boundaries, 100).chunks[0] == 0..<93)
    boundaries[94] = 2
    #expect(try plan(boundaries, 100).chunks[0] == 0..<95)
  }

  @Test func aBreakFartherThanATenthIsNotTaken() throws {
    var boundaries = [UInt8](repeating: 0, count: 300)
    boundaries[80] = 2
    #expect(try plan(boundaries, 100).chunks[0] == 0..<100)
    boundaries[89] = 2
    #expect(try plan(boundaries, 100).chunks[0] == 0..<90)
  }

  @Test func aLeadIsTheTextBeforeAChunkOrTheDocumentsBegin() throws {
    func plan(_ lead: Lead) throws -> ContextPlan {
      try ContextPlan(
        boundaries: [UInt8](repeating: 0, count: 250),
        cutting: .size(100),
        sinkTokens: [1, 2],
        lead: lead,
        contextLength: 8192
      )
    }
    let cases: [(Lead, leads: [Range<Int>], bases: [Int])] = [
      (.nothing, [0..<0, 100..<100, 200..<200], [2, 2, 2]),
      (.left(30), [0..<0, 70..<100, 170..<200], [2, 32, 32]),
      (.left(150), [0..<0, 0..<100, 50..<200], [2, 102, 152]),
      (.anchor(40), [0..<0, 0..<40, 0..<40], [2, 102, 202]),
      (.anchor(nil), [0..<0, 0..<100, 0..<100], [2, 102, 202]),
      (.anchor(0), [0..<0, 0..<0, 0..<0], [2, 102, 202]),
    ]
    for (lead, leads, bases) in cases {
      let plan = try plan(lead)
      #expect(plan.chunks.indices.map(plan.lead) == leads)
      #expect(plan.chunks.indices.map(plan.base) == bases)
    }
  }

  @Test func aLeadThatLeavesNoRoomForTheChunkIsRefused() {
    func plan(_ lead: Lead, size: Int) throws -> ContextPlan {
      try ContextPlan(
        boundaries: [UInt8](repeating: 0, count: 250),
        cutting: .size(size),
        sinkTokens: [1, 2],
        lead: lead,
        contextLength: 160
      )
    }
    #expect(throws: Never.self) { try plan(.left(58), size: 100) }
    #expect(throws: ContextError.self) { try plan(.left(59), size: 100) }
    #expect(throws: ContextError.self) { try plan(.anchor(nil), size: 100) }
  }

  @Test func badSizesAreRefused() {
    #expect(throws: ContextError.self) { try plan([], 100) }
    #expect(throws: ContextError.self) { try plan([0], 0) }
    #expect(throws: ContextError.self) { try plan([0], -5) }
    #expect(throws: ContextError.self) { try plan([0], 8191) }
    #expect(throws: Never.self) { try plan([0], 8190) }
  }
}

@Suite struct CuttingTests {
  private func chosen(_ tokens: Int, lanes: Int, requested: Int? = nil) -> Cutting {
    .chosen(requested: requested, documentTokens: tokens, lanes: lanes, usual: 1024)
  }

  @Test func aRequestedSizeIsObeyed() {
    for size in [1, 7, 1024, 8192, -3] {
      for lanes in [0, 1, 64] { #expect(chosen(700, lanes: lanes, requested: size) == .size(size)) }
    }
  }

  @Test func chunksShrinkOnlyWhileThereAreTooFewForTheLanes() {
    #expect(chosen(700, lanes: 2) == .count(2))
    #expect(chosen(1100, lanes: 2) == .count(2))
    #expect(chosen(2048, lanes: 2) == .count(2))
    #expect(chosen(2049, lanes: 2) == .size(1024))
    #expect(chosen(75_000, lanes: 2) == .size(1024))
    #expect(chosen(75_000, lanes: 100) == .count(100))
    #expect(chosen(700, lanes: 1) == .size(1024))
    #expect(chosen(700, lanes: 0) == .size(1024))
  }

  @Test func theyDoNotShrinkBelowTheFewestTokens() {
    #expect(chosen(1, lanes: 8) == .size(1024))
    #expect(chosen(511, lanes: 8) == .size(1024))
    #expect(chosen(512, lanes: 8) == .count(2))
    #expect(chosen(1000, lanes: 8) == .count(3))
    #expect(chosen(2048, lanes: 8) == .count(8))
  }

  @Test func chunksOfAGivenNumberAreAboutEqual() throws {
    var generator = SegmentFixture.Generator(state: 5)
    for (tokens, count) in [(700, 2), (701, 2), (5000, 7), (4096, 16), (10, 10), (3, 2), (1, 1)] {
      for isPlain in [true, false] {
        let boundaries = (0..<tokens).map { _ in
          isPlain ? 0 : UInt8.random(in: 0...20, using: &generator) / 10
        }
        let plan = try ContextPlan(
          boundaries: boundaries,
          cutting: .count(count),
          sinkTokens: [1],
          contextLength: 8192
        )
        let equal = Double(tokens) / Double(count)
        #expect(plan.chunks.count == count)
        #expect(plan.tokens == tokens && plan.chunks.first?.lowerBound == 0)
        #expect(zip(plan.chunks, plan.chunks.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        #expect(plan.chunks.allSatisfy { abs(Double($0.count) - equal) <= equal / 10 + 1 })
        #expect(plan.chunkTokens == Int(equal.rounded(.up)))
      }
    }
  }

  @Test func equalChunksEndAtParagraphsNearby() throws {
    var boundaries = [UInt8](repeating: 0, count: 700)
    boundaries[339] = 2
    boundaries[350] = 1
    let plan = try ContextPlan(
      boundaries: boundaries,
      cutting: .count(2),
      sinkTokens: [],
      contextLength: 8192
    )
    #expect(plan.chunks == [0..<340, 340..<700])
  }

  @Test func equalChunksMustFitTheContext() throws {
    var boundaries = [UInt8](repeating: 0, count: 200)
    boundaries[95] = 2
    #expect(throws: ContextError.self) {
      try ContextPlan(boundaries: boundaries, cutting: .count(2), sinkTokens: [1], contextLength: 100)
    }
    let plan = try ContextPlan(boundaries: boundaries, cutting: .count(2), sinkTokens: [], contextLength: 100)
    #expect(plan.chunks == [0..<100, 100..<200])
  }

  @Test func aCoordinatorCutsByWhatWasAskedForItsLanesAndTheModel() throws {
    func plan(_ requested: Int? = nil, left: Int? = nil, lanes: Int = 1) throws -> ContextPlan {
      try ContextPlan(
        boundaries: [UInt8](repeating: 0, count: 3000),
        requestedTokens: requested,
        usualTokens: 1024,
        lead: Lead(left: left),
        lanes: lanes,
        sinkTokens: [1, 2],
        contextLength: 1500
      )
    }
    #expect(try plan().cutting == .size(750), "half of the model's context is less than the usual size")
    #expect(try plan(lanes: 8).cutting == .count(8))
    #expect(try plan(1000, lanes: 8).cutting == .size(1000))
    #expect(try plan().lead == .nothing && plan(left: 0).lead == .nothing)
    #expect(try plan(1000, left: 64).lead == .left(64))
    #expect(throws: ContextError.self) { try plan(1490, left: 64) }
  }
}

@Suite struct PlacementTests {
  let lengths = [1000, 900, 1000, 500]

  @Test func shared() {
    let positions = Placement.shared.positions(sink: 32, lengths: lengths)
    #expect(positions.chunks == [32, 32, 32, 32])
    #expect(positions.isFar == [false, false, false, false])
    #expect(positions.tail == 1032)
  }

  @Test func contiguous() {
    let positions = Placement.contiguous.positions(sink: 32, lengths: lengths)
    #expect(positions.chunks == [32, 1032, 1932, 2932])
    #expect(positions.isFar == [false, false, false, false])
    #expect(positions.tail == 3432)
  }

  @Test func cappedKeepsNearChunksAtTheirDistance() {
    let positions = Placement.capped(near: 1600, far: 1100).positions(sink: 32, lengths: lengths)
    #expect(positions.tail == 1632)
    #expect(positions.chunks == [532, 532, 132, 1132])
    #expect(positions.isFar == [true, true, false, false])
  }

  @Test func noChunkReachesBeyondTheTail() {
    let positions = Placement.capped(near: 1600, far: 700).positions(sink: 32, lengths: lengths)
    #expect(positions.tail == 1632)
    #expect(positions.chunks == [632, 732, 132, 1132])
    let long = Placement.capped(near: 1600, far: 700).positions(sink: 32, lengths: [8100, 231])
    #expect(long.tail == 8132)
    #expect(long.chunks == [32, 7901])
    #expect(long.isFar == [true, false])
  }

  @Test func automaticIsContiguousWhileItFits() {
    let fits = Placement.automatic.resolved(
      tokens: 8000,
      sink: 92,
      tail: 100,
      longest: 1000,
      gap: 512,
      contextLength: 8192
    )
    #expect(fits == .contiguous)
    let beyond = Placement.automatic.resolved(
      tokens: 8001,
      sink: 92,
      tail: 100,
      longest: 1000,
      gap: 512,
      contextLength: 8192
    )
    #expect(beyond == .capped(near: 4096, far: 1512))
    let small = Placement.automatic.resolved(
      tokens: 9000,
      sink: 10,
      tail: 90,
      longest: 700,
      gap: 512,
      contextLength: 1100
    )
    #expect(small == .capped(near: 1000, far: 1000))
  }
}

@Suite struct PolicyTests {
  @Test func partsAndPresets() throws {
    let parsed = try Reading(parsing: "placement=capped:2048,512,select=exact:3,reduce=head+token")
    #expect(parsed.placement == .capped(near: 2048, far: 512))
    #expect(parsed.selection == .perLayer(.topFive, count: 3))
    #expect(try Reading(parsing: "select=none").selection == .all)
  }

  @Test(arguments: [
    "", "bset", "select=exact:0", "select=exact:x", "select=some", "reduce=all", "placement=left",
    "placement=capped:1",
    "placement=capped:1,2,3", "placement=capped:-1,5", "colour=red", "temperature=0", "damp=-1", "scale=nan",
    "select=exact:2,,",
  ])
  func badPartsAreNamed(_ text: String) {
    #expect(throws: ContextError.self) { try Reading(parsing: text) }
  }
}
