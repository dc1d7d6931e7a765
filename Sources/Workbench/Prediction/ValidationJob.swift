package import APITypes
package import CommandLineSupport
package import KVFormat

/// A document that local workers with a lane each encode in a process of its own.
package struct ValidationJob: Sendable {
  /// The model.
  package var model: ModelChoice
  /// The path of the document.
  package var path: String
  /// Tokens before a chunk that it is read after; nil for the usual number.
  package var left: Int?

  /// A job from its parts.
  package init(model: ModelChoice, path: String, left: Int?) {
    self.model = model
    self.path = path
    self.left = left
  }

  /// The content of the summaries that come with the chunks.
  package static let summaries = SummaryContent.sketch

  /// The arguments of the process.
  ///
  /// - Parameter workers: Local workers.
  /// - Returns: The words behind `braid`.
  package func arguments(workers: Int) -> [String] {
    [
      "run", path, "--workers", String(workers), "--lanes", "1", "--format", "json", "--quiet",
      "--model", model.path, "--compute", model.compute.rawValue, "--summaries", Self.summaries.rawValue,
    ] + (left.map { ["--left", String($0)] } ?? [])
  }

  /// Reads what the process wrote.
  ///
  /// - Parameter outcome: Its end.
  /// - Returns: The summary of the encoding.
  /// - Throws: ``CommandFailure`` with status `failed` when it failed or says something else.
  package static func summary(in outcome: ProgramOutcome) throws(CommandFailure) -> EncodeSummary {
    guard outcome.succeeded,
      let summary = try? APIJSON.decode(EncodeSummary.self, from: outcome.output.utf8)
    else {
      throw CommandFailure(.failed, "braid run failed: \(outcome.errors)")
    }
    return summary
  }
}
