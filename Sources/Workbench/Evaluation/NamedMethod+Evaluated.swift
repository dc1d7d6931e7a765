package import CommandLineSupport
package import ParallelContext

extension NamedMethod {
  /// Reads the policies of an evaluation.
  ///
  /// - Parameter text: A list of at least one.
  /// - Returns: The policies.
  /// - Throws: ``CommandFailure`` with code `badInput` for one that cannot be read, `usage` for none.
  package static func evaluated(_ text: String) throws(CommandFailure) -> [NamedMethod] {
    let policies: [NamedMethod]
    do throws(ContextError) {
      policies = try NamedMethod.list(parsing: text)
    } catch {
      throw CommandFailure(.badInput, error.message, cause: error)
    }
    guard !policies.isEmpty else {
      throw CommandFailure(.usage, "--policies is empty: name at least one policy.")
    }
    return policies
  }
}
