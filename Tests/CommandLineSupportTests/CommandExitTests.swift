internal import APITypes
internal import CommandLineSupport
internal import Testing

@Suite("Exit codes")
struct CommandExitTests {
  @Test("The numbers are those that scripts rely on")
  func numbers() {
    let numbers = CommandExit.allCases.map { ($0, $0.rawValue) }
    #expect(numbers.map(\.1) == [0, 2, 3, 4, 5, 6, 7])
    #expect(
      numbers.map(\.0) == [.done, .usage, .badInput, .unreachable, .unauthorised, .failed, .interrupted]
    )
    #expect(CommandExit.table.split(separator: "\n").count == 7)
  }

  @Test(
    "Answers of the coordinator become exit codes",
    arguments: [
      (ServiceError.Code.badInput, CommandExit.badInput), (.notFound, .badInput), (.tooLarge, .badInput),
      (.notReady, .failed), (.failed, .failed), (.unavailable, .unreachable), (.unauthorised, .unauthorised),
    ]
  )
  func mapping(_ code: ServiceError.Code, _ exit: CommandExit) {
    #expect(CommandFailure(ServiceError(code, "Why.")) == CommandFailure(exit, "Why."))
  }

  @Test("A failure is one line, whatever its message holds")
  func line() {
    #expect(CommandFailure(.failed, "One\ntwo\r\n\nthree.").line == "braid: One two three.")
  }
}
