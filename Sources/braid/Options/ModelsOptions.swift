internal import ArgumentParser
internal import CommandLineSupport
internal import Machine
internal import Runtime
internal import Threads
internal import Workbench

/// The option for the model files of a process that serves several.
struct ModelsOptions: ParsableArguments {
  @Option(
    name: .customLong("model"),
    help: ArgumentHelp(
      "A model: a GGUF file, any part of a split one, or a name that `braid model list` shows or an unambiguous "
        + "piece of it. May be given several times. By default the model that scripts/setup installed.",
      valueName: "file|name"
    )
  )
  var models: [String] = []

  mutating func validate() throws {
    if models.count > ModelCatalog.most {
      throw ValidationError("--model is given \(models.count) times: \(ModelCatalog.most) is the most.")
    }
  }

  /// The models to load, one at least.
  ///
  /// - Parameters:
  ///   - precision: The precision of the computation.
  ///   - memory: The most memory that the command may take, in bytes; nil for what the environment says.
  ///   - warn: Takes a line that people have to know.
  /// - Returns: The models in the order of their options, each loaded by all processors.
  /// - Throws: ``CommandFailure`` for a model or a precision that cannot be had, and for a file that is named twice.
  func choices(
    _ precision: ComputeOptions,
    memory: Int?,
    warn: @escaping @Sendable (String) -> Void
  ) throws(CommandFailure) -> [ModelChoice] {
    let (compute, weights) = (try precision.value(), try precision.form())
    let budget = try Settings.current.memory(flag: memory)
    let flags: [String?] = models.isEmpty ? [nil] : models
    var choices: [ModelChoice] = []
    for flag in flags {
      let path = try ModelOptions.path(flag)
      guard !choices.contains(where: { $0.path == path }) else {
        throw CommandFailure(.usage, "--model names \(path) twice: name each file once.")
      }
      choices.append(
        ModelChoice(
          path: path,
          compute: compute,
          weights: weights,
          threads: availableCores(),
          memory: { SystemLimits().memory(budget: budget) },
          warn: warn
        )
      )
    }
    return choices
  }
}

extension [ModelChoice] {
  /// Loads the models, one after the other, each by all processors and if the memory that is left suffices.
  ///
  /// - Parameter use: What is done with them.
  /// - Returns: The models.
  /// - Throws: ``CommandFailure`` with code `badInput` for a file that cannot be used, or that needs more memory than
  ///   there is.
  func load(for use: ModelUse) async throws(CommandFailure) -> [LoadedModel] {
    var loaded: [LoadedModel] = []
    for choice in self { loaded.append(try await choice.load(for: use)) }
    return loaded
  }
}
