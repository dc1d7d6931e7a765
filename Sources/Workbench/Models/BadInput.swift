internal import APITypes
internal import CommandLineSupport
internal import ParallelContext
internal import Transformer

/// Does something, and tells the errors that come from the user's input as bad input.
///
/// - Parameter work: The work.
/// - Returns: What the work returns.
/// - Throws: ``CommandFailure`` with code `badInput` for such an error; any other as it is.
package func reportingBadInput<Result>(_ work: () throws -> Result) throws -> Result {
  do { return try work() } catch { throw toldAsBadInput(error) }
}

/// Does something that waits, and tells the errors that come from the user's input as bad input.
///
/// - Parameter work: The work.
/// - Returns: What the work returns.
/// - Throws: ``CommandFailure`` with code `badInput` for such an error; any other as it is.
package func reportingBadInput<Result: Sendable>(_ work: () async throws -> Result) async throws -> Result {
  do { return try await work() } catch { throw toldAsBadInput(error) }
}

/// The failure that an error of the user's input comes to; any other error as it is.
private func toldAsBadInput(_ error: any Error) -> any Error {
  switch error {
  case let error as ContextError: CommandFailure(.badInput, error.message, cause: error)
  case let error as ServiceError: CommandFailure(.badInput, error.message, cause: error)
  case let error as ModelError: CommandFailure(.badInput, error.message, cause: error)
  default: error
  }
}
