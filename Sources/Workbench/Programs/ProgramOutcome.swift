/// The end of a program that was run: whether it was a good one, and the texts that the program wrote.
package struct ProgramOutcome: Sendable {
  /// True if the program exited with 0.
  package var succeeded: Bool
  /// The text on its standard output.
  package var output: String
  /// The text on its standard error; empty where nobody kept it.
  package var errors: String

  /// An outcome from its parts.
  package init(succeeded: Bool, output: String, errors: String = "") {
    self.succeeded = succeeded
    self.output = output
    self.errors = errors
  }

  /// A function that runs a program to its end; its arguments are handed to it.
  package typealias Runner = @Sendable (_ arguments: [String]) async throws -> ProgramOutcome
}
