internal import CommandLineSupport
internal import ParallelContext
internal import Testing
internal import Workbench

@Suite("Policies of an evaluation")
struct EvaluatedPoliciesTests {
  @Test("A list is read in its order")
  func list() throws {
    #expect(try NamedMethod.evaluated("naive,best,left=256").map(\.name) == ["naive", "best,left=256"])
  }

  @Test("An empty list is wrong use, an unknown policy bad input")
  func refused() {
    #expect(throws: CommandFailure(.usage, "--policies is empty: name at least one policy.")) {
      try NamedMethod.evaluated("")
    }
    let failure = #expect(throws: CommandFailure.self) { try NamedMethod.evaluated("naive,unheard-of") }
    #expect(failure?.code == .badInput)
  }
}
