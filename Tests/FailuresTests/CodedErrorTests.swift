internal import Failures
internal import Testing

@Suite("Errors of one form")
struct CodedErrorTests {
  private struct Plain: CodedError {
    enum Code: String { case lost, late }
    let code: Code
    let message: String
  }

  private struct Chained: CodedError {
    enum Code: String { case unreadable }
    let code = Code.unreadable
    let message: String
    let cause: (any Error)?
  }

  @Test("What is printed is the message, and nothing else")
  func description() {
    let error = Plain(code: .lost, message: "the key is lost: look for it")
    #expect("\(error)" == "the key is lost: look for it")
    #expect("\(error as any Error)" == error.message)
    #expect(error.description == error.message)
  }

  @Test("Errors differ by code and by message")
  func equality() {
    let error = Plain(code: .lost, message: "a")
    #expect(error == Plain(code: .lost, message: "a"))
    #expect(error != Plain(code: .late, message: "a"))
    #expect(error != Plain(code: .lost, message: "b"))
    #expect(
      Set([error, error, Plain(code: .late, message: "a"), Plain(code: .lost, message: "b")]).count == 3
    )
  }

  @Test("A cause is kept as it was thrown, and is not compared")
  func cause() {
    let lower = Plain(code: .late, message: "too late")
    let error = Chained(message: "it came too late", cause: lower)
    #expect(error.cause as? Plain == lower)
    #expect(error == Chained(message: "it came too late", cause: nil))
    #expect(error.hashValue == Chained(message: "it came too late", cause: nil).hashValue)
    #expect(lower.cause == nil)
  }

  @Test("An error is caught by its code")
  func catching() {
    func run() throws(Plain) { throw Plain(code: .late, message: "too late") }
    do {
      try run()
      Issue.record("nothing was thrown")
    } catch  where error.code == .late {
      #expect(error.message == "too late")
    } catch {
      Issue.record("another code: \(error.code)")
    }
    #expect(throws: Plain(code: .late, message: "too late")) { try run() }
  }
}
