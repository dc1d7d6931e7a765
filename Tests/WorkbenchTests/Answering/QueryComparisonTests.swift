internal import CommandLineSupport
internal import Machine
internal import Testing
internal import Workbench

@Suite("Comparisons of answering")
struct QueryComparisonTests {
  @Test("A context takes at most half of the memory that is left")
  func memory() throws {
    let memory = MemoryAllowance([.init(.machine, bytes: 3000, taken: 1000)])
    try QueryComparison.check(contextTokens: 64, bytes: 1000, memory: memory)
    let expected = CommandFailure(
      .badInput,
      "A context of 64 tokens needs 1.0 kB, more than 1.0 kB, half of what is left of this machine's memory: "
        + "give a shorter --context."
    )
    #expect(throws: expected) {
      try QueryComparison.check(contextTokens: 64, bytes: 1001, memory: memory)
    }
  }
}
