internal import Testing
internal import Workbench

@Suite("Lines about rounds")
struct RoundTextTests {
  @Test("The round that does not count is named apart")
  func lines() {
    #expect(
      (0...2).map { RoundText.line($0, of: 2) } == ["warm-up", "repetition 1 of 2", "repetition 2 of 2"]
    )
  }
}
