internal import APITypes
internal import CommandLineSupport
internal import ParallelContext
internal import Testing
internal import Workbench

@Suite("Errors of the user's input")
struct BadInputTests {
  private struct Other: Error, Equatable {}

  @Test("Errors of contexts and of services are told as bad input, with their own sentence")
  func told() async {
    let tooLong = CommandFailure(.badInput, "too long")
    #expect(throws: tooLong) { try reportingBadInput { throw ContextError(.badInput, "too long") } }
    #expect(throws: tooLong) { try reportingBadInput { throw ServiceError(.notReady, "too long") } }
    await #expect(throws: tooLong) {
      try await reportingBadInput { () async throws in throw ContextError(.badInput, "too long") }
    }
  }

  @Test("Other errors stay as they are")
  func others() async {
    #expect(throws: Other()) { try reportingBadInput { throw Other() } }
    #expect(throws: CommandFailure.interrupted) { try reportingBadInput { throw CommandFailure.interrupted } }
    await #expect(throws: Other()) { try await reportingBadInput { () async throws in throw Other() } }
  }

  @Test("Results are handed back")
  func results() async throws {
    #expect(try reportingBadInput { 3 } == 3)
    #expect(try await reportingBadInput { () async throws -> Int in 4 } == 4)
  }
}
