internal import CommandLineSupport
internal import Testing

@Suite("Lanes and processors")
struct LanePinningTests {
  @Test("Lists are read as taskset reads them")
  func lists() {
    #expect(LanePinning.processors(parsing: "0") == [0])
    #expect(LanePinning.processors(parsing: "3,1") == [3, 1])
    #expect(LanePinning.processors(parsing: "4-7,9") == [4, 5, 6, 7, 9])
    for wrong in ["", ",", "1,", "a", "-1", "1-", "3-1", "1-2-3", "1,1", "0-2,1", "4096", "1 ", "+1"] {
      #expect(LanePinning.processors(parsing: wrong) == nil, "\(wrong)")
    }
  }

  @Test("Every local worker gets processors of its own, or none does")
  func shares() throws {
    func shares(_ workers: Int, _ lanes: Int, _ pins: Bool?) throws(CommandFailure) -> [[Int]]? {
      try LanePinning.shares(of: [0, 1, 4, 5], workers: workers, lanes: lanes, pins: pins)
    }
    #expect(try shares(2, 2, nil) == [[0, 1], [4, 5]])
    #expect(try shares(2, 2, false) == nil)
    #expect(try shares(3, 1, nil) == nil, "one core would be free: others may want the first ones too")
    #expect(try shares(3, 1, true) == [[0], [1], [4]])
    #expect(try shares(2, 3, nil) == nil)
    #expect(try shares(.max, 2, nil) == nil)
    #expect(throws: CommandFailure.self) { try shares(2, 3, true) }
    #expect(try LanePinning.shares(of: [], workers: 1, lanes: 1, pins: nil) == nil)
  }

  @Test("A worker with a lane for every processor pins them, unless told otherwise")
  func defaults() throws {
    func processors(_ lanes: Int, _ pins: Bool?, _ chosen: [Int]? = nil) throws(CommandFailure) -> [Int] {
      try LanePinning.processors(lanes: lanes, allowed: [0, 1, 2], chosen: chosen, pins: pins)
    }
    #expect(try processors(3, nil) == [0, 1, 2])
    #expect(try processors(2, nil) == [])
    #expect(try processors(4, nil) == [])
    #expect(try processors(3, false) == [])
    #expect(try processors(2, true) == [0, 1])
    #expect(try processors(1, nil, [2]) == [2])
    #expect(try processors(1, true, [2, 0]) == [2])
  }

  @Test(
    "What cannot be is refused",
    arguments: [
      (4, true, nil, "--pin"), (2, nil, [0], "--cpus"), (1, nil, [7], "core 7"),
      (1, false, [0], "--no-pin"),
    ] as [(Int, Bool?, [Int]?, String)]
  )
  func refusals(_ lanes: Int, _ pins: Bool?, _ chosen: [Int]?, _ word: String) {
    do {
      _ = try LanePinning.processors(lanes: lanes, allowed: [0, 1, 2], chosen: chosen, pins: pins)
      Issue.record("nothing was refused")
    } catch {
      #expect(error.code == .usage)
      #expect(error.message.contains(word), "\(error.message)")
    }
  }
}
