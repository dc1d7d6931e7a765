internal import Testing
internal import Workbench

@Suite("Local workers of a scaling benchmark")
struct LocalWorkersPlanTests {
  @Test("Every lane has a processor of its own where there are enough")
  func enough() throws {
    let plan = try LocalWorkersPlan(workers: 2, lanes: 1, allowed: [0, 2, 3])
    #expect(plan.processors == [[0], [2]])
    #expect(plan.warning == nil)
    #expect(
      try LocalWorkersPlan(workers: 2, lanes: 2, allowed: [4, 5, 6, 7]).processors == [[4, 5], [6, 7]]
    )
  }

  @Test("Where there are too few, lanes go where they like and people are warned")
  func tooFew() throws {
    let plan = try LocalWorkersPlan(workers: 2, lanes: 2, allowed: [0, 1, 2])
    #expect(plan.processors == nil)
    #expect(
      plan.warning == "2 workers with 2 lanes each share 3 cores: the efficiency is that of this machine."
    )
  }
}
