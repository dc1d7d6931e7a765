package import CommandLineSupport
package import KVFormat
package import Runtime

/// A model file, the precision it is to compute in, and the threads that read it.
package struct ModelChoice: Sendable {
  /// The path of the file.
  package var path: String
  /// The precision.
  package var compute: PrecisionChoice
  /// The threads that share the work of loading it.
  package var threads: Int

  /// A choice from its parts.
  package init(path: String, compute: PrecisionChoice, threads: Int) {
    self.path = path
    self.compute = compute
    self.threads = threads
  }

  /// Loads the file.
  ///
  /// - Parameter withHead: Whether answers or losses are wanted.
  /// - Returns: The model.
  /// - Throws: ``CommandFailure`` with code `badInput` for a file that cannot be used.
  package func load(withHead: Bool) async throws(CommandFailure) -> LoadedModel {
    do {
      return try await LoadedModel.load(
        path: path,
        compute: compute.precision,
        withHead: withHead,
        threads: threads
      )
    } catch {
      throw CommandFailure(.badInput, error.message, cause: error)
    }
  }
}
