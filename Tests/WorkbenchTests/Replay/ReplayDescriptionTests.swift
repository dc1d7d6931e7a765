internal import Testing
internal import Workbench

@Suite("A replay in a line")
struct ReplayDescriptionTests {
  @Test("The line tells what is sent, and that nothing is computed")
  func line() {
    let many = ReplayDescription(
      workers: 3,
      lanes: 2,
      chunks: 8,
      bytes: 1_500_000,
      timeFactor: 0.5,
      takesStandIns: true
    )
    #expect(
      many.line(readyAfter: 0.25)
        == "REPLAY ready in 0.25 s: 3 workers with 2 lanes each send 8 recorded chunks (1.5 MB) at 0.50 times the "
        + "recorded time and compute nothing; stand-ins for what was not recorded"
    )
    let one = ReplayDescription(
      workers: 1,
      lanes: 1,
      chunks: 1,
      bytes: 900,
      timeFactor: 1,
      takesStandIns: false
    )
    #expect(
      one.line(readyAfter: 75)
        == "REPLAY ready in 1 min 15 s: 1 worker with 1 lane each send 1 recorded chunk (900 B) at 1.00 times the "
        + "recorded time and compute nothing"
    )
  }
}
