package import CommandLineSupport
package import KVFormat
package import Machine
package import Runtime
internal import Transformer

/// A model file, the precision it is to compute in, the threads that read it, and the memory that it may take.
package struct ModelChoice: Sendable {
  /// The path of the file.
  package var path: String
  /// The precision.
  package var compute: PrecisionChoice
  /// The form of the weights.
  package var weights: WeightChoice
  /// The threads that share the work of loading it.
  package var threads: Int
  /// The memory that may still be taken, at the time of asking.
  package var memory: @Sendable () -> MemoryAllowance
  /// Takes a line that people have to know.
  package var warn: @Sendable (String) -> Void

  /// A choice from its parts.
  package init(
    path: String,
    compute: PrecisionChoice,
    weights: WeightChoice = .auto,
    threads: Int,
    memory: @escaping @Sendable () -> MemoryAllowance = { SystemLimits().memory() },
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.path = path
    self.compute = compute
    self.weights = weights
    self.threads = threads
    self.memory = memory
    self.warn = warn
  }

  /// Loads the file, if the memory for it is there.
  ///
  /// - Parameter use: What is done with the model.
  /// - Returns: The model.
  /// - Throws: ``CommandFailure`` with code `badInput` for a file that cannot be used, or that needs more memory than there
  ///   is.
  package func load(for use: ModelUse) async throws(CommandFailure) -> LoadedModel {
    let file = try file()
    let choice = try check(file, for: use).plans(for: compute, weights: weights, automatic: .automatic)
    if let warning = choice.warning { warn(warning) }
    do {
      return try await LoadedModel.load(file, plans: choice.plans, use: use, threads: threads)
    } catch {
      throw CommandFailure(.badInput, error.message, cause: error)
    }
  }

  /// True if the memory for a use is there, as it was chosen.
  ///
  /// - Throws: ``CommandFailure`` with code `badInput` for a file that cannot be used.
  package func hasRoom(for use: ModelUse) throws(CommandFailure) -> Bool {
    let check = check(try file(), for: use)
    let plans = check.plans(compute: compute, weights: weights, automatic: .automatic)
    return plans.first.map { check.fits(check.need($0)) } ?? false
  }

  private func file() throws(CommandFailure) -> ModelFile {
    do { return try ModelFile(path: path) } catch {
      throw CommandFailure(.badInput, error.message, cause: error)
    }
  }

  private func check(_ file: ModelFile, for use: ModelUse) -> MemoryCheck {
    MemoryCheck(
      configuration: file.configuration,
      tensors: file.tensorBytes,
      use: use,
      threads: threads,
      memory: memory(),
      supported: Precision.allCases.filter(\.isSupported)
    )
  }
}
