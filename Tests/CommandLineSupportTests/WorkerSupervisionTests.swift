internal import CommandLineSupport
internal import Testing

@Suite("Supervision of local workers")
struct WorkerSupervisionTests {
  @Test("A killed worker is started again, later each time, and then given up")
  func restarts() {
    var supervision = WorkerSupervision(workers: 2, restarts: 2)
    let first = (0..<3).map { attempt in
      supervision.ended(0, attempt == 1 ? .code(6) : .signal(9), lastWords: attempt == 1 ? "Why" : nil)
    }
    #expect(
      first == [
        .restart(
          after: .milliseconds(200),
          note: "Worker 1 was ended by signal 9; starting it again (1 of 2)"
        ),
        .restart(
          after: .milliseconds(400),
          note: "Worker 1 ended with code 6: Why; starting it again (2 of 2)"
        ),
        .abandon(note: "Worker 1 was ended by signal 9; going on with 1 worker"),
      ]
    )
    let second = (0..<3).map { _ in supervision.ended(1, .signal(9), lastWords: nil) }
    #expect(
      second == [
        .restart(
          after: .milliseconds(200),
          note: "Worker 2 was ended by signal 9; starting it again (1 of 2)"
        ),
        .restart(
          after: .milliseconds(400),
          note: "Worker 2 was ended by signal 9; starting it again (2 of 2)"
        ),
        .fail(CommandFailure(.failed, "Worker 2 was ended by signal 9; no worker is left")),
      ]
    )
  }

  @Test(
    "What would fail again ends the job with its own words",
    arguments: [(3, CommandExit.badInput), (5, .unauthorised), (2, .failed)] as [(Int32, CommandExit)]
  )
  func hopeless(_ code: Int32, _ status: CommandExit) {
    var supervision = WorkerSupervision(workers: 2)
    let decision = supervision.ended(1, .code(code), lastWords: "The model is truncated.")
    #expect(decision == .fail(CommandFailure(status, "The model is truncated.")))
  }
}
