internal import ParallelContext
internal import Testing

/// The places of chunks and tail, pass by pass.
@Suite struct LayoutTests {
  private let lengths = [100, 90, 100]

  private func passes(_ policy: String, lengths: [Int]? = nil) throws -> PassPlan.Sequence {
    let (policy, lengths) = (try Reading(parsing: policy), lengths ?? self.lengths)
    let positions = policy.placement.positions(sink: 10, lengths: lengths)
    return PassPlan.Sequence(policy, positions: positions, sink: 10, lengths: lengths)
  }

  @Test func chunksAreOfferedAtOnePlaceOrTwo() throws {
    let one = try passes("placement=contiguous,select=none,view=none").plan.layout
    #expect(one.tail == 300)
    #expect(one.chunks.map(\.position) == [10, 110, 200] && one.chunks.allSatisfy { $0.places == 1 })
    let two = try passes("placement=contiguous,select=none,view=10").plan.layout
    #expect(two.chunks.map(\.position) == [10, 110, 200])
    #expect(two.chunks.map(\.second) == [190, 190, 190])
    #expect(two.chunks[0].position(at: 1) == 190)
  }

  @Test func thePlaceOfTheFarthestChunkIsTheFarthestSecondPlace() throws {
    let layout = try passes("placement=contiguous,select=none,view=500").plan.layout
    // The same place twice is one place.
    #expect(layout.chunks.map(\.second) == [nil, 10, 10])
    #expect(
      try passes("placement=contiguous,select=none,view=5", lengths: [50]).plan.layout.chunks[0].places == 1
    )
  }

  @Test func chunksCompeteAtTheSecondPlaceAlone() throws {
    let plan = try passes("placement=capped:100,80,select=exact:1,reduce=two-pass,view=10,damp=0.5").plan
    #expect(plan.pass == .ranking(.topFive, attending: 1))
    #expect(plan.layout.chunks.allSatisfy { $0.position == 10 && $0.places == 1 && !$0.isFar })
    // Whoever does not choose sees chunks where the placement has them.
    #expect(plan.layout.chunks.map(\.unchosen) == [10, 20, 10])
    let level = try passes("placement=capped:100,80,select=exact:1,reduce=two-pass,view=none").plan.layout
    #expect(level.chunks.map(\.isFar) == [true, true, false])
  }

  @Test func aHeldChoiceIsReadAtBothPlaces() throws {
    var passes = try passes("placement=contiguous,select=exact:1,reduce=two-pass,view=10")
    var scores = ScoreReduction(chunks: 3)
    let row: [Float] = [0.1, 0.7, 0.2]
    row.withUnsafeBufferPointer { row in
      if let row = row.baseAddress { scores.add(row) }
    }
    passes.finish(.chunks(scores))
    #expect(passes.plan.pass == .answering(.held([1])))
    #expect(passes.plan.layout.chunks[1].position == 110 && passes.plan.layout.chunks[1].second == 190)
    #expect(passes.plan.passages.isEmpty)
  }

  @Test func whatIsPointedAtStandsRightBehindTheSink() throws {
    var passes = try passes("placement=contiguous,select=exact:1,reduce=focus,view=10,passage=20")
    #expect(passes.plan.pass == .inspecting([0, 1, 2]))
    let pages = PassageFinder.pages(of: lengths.enumerated().map { ($0.offset, $0.element) })
    let scores = pages.map { Float($0.chunk == 1 && $0.tokens.lowerBound == 64 ? 4.9 : 0.1) }
    passes.finish(.pages(PassageFinder(pages: pages, scores: scores)))
    let layout = passes.plan.layout
    // The second page has the tokens from 64 to 90, whose middle is 77.
    #expect(passes.plan.passages == [1: 67..<87])
    let tokens = layout.chunks[1].tokens
    #expect(layout.chunks[1].position + tokens.lowerBound == 10)
    #expect(layout.tail == 10 + tokens.count)
    #expect(layout.chunks.allSatisfy { $0.places == 1 && !$0.isFar })
  }

  @Test func aLayoutThatIsMovedKeepsItsDistances() throws {
    let layout = try passes("placement=contiguous,select=none,view=10").plan.layout
    let moved = layout.moved(toTail: 10)
    #expect(moved.tail == 10 && moved.sink == -290)
    #expect(moved.chunks.map(\.position) == [-280, -180, -90])
    #expect(moved.chunks.map(\.second) == [-100, -100, -100])
    #expect(moved.chunks.map(\.unchosen) == moved.chunks.map(\.position))
    #expect(moved.moved(toTail: 300) == layout)
  }
}
