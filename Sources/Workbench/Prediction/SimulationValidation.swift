internal import APITypes
internal import CommandLineSupport
internal import KVFormat
internal import Runtime
internal import Simulation
internal import Tables
internal import Tokenizers
internal import Transformer

/// A comparison of encodings by local workers with simulations of the same, whose costs are measured right before and
/// after.
package struct SimulationValidation: Sendable {
  private let job: ValidationJob
  private let document: [UInt8]
  private let workers: [Int]
  private let repetitions: Int
  /// Cores that workers and coordinator share.
  private let cores: Int

  /// Prepares a comparison.
  ///
  /// - Parameters:
  ///   - job: The encodings.
  ///   - document: The text of their document.
  ///   - workers: Numbers of workers.
  ///   - repetitions: How often the document is encoded with each of them.
  ///   - cores: Cores that workers and coordinator share.
  package init(_ job: ValidationJob, document: [UInt8], workers: [Int], repetitions: Int, cores: Int) {
    self.job = job
    self.document = document
    self.workers = workers
    self.repetitions = repetitions
    self.cores = cores
  }

  /// Measures and simulates.
  ///
  /// - Parameters:
  ///   - ownProgram: Runs this program.
  ///   - note: Takes a line about every step.
  /// - Returns: A row for each number of workers.
  /// - Throws: What measuring throws.
  package func rows(
    ownProgram: ProgramOutcome.Runner,
    note: (String) -> Void
  ) async throws -> [ValidationRow] {
    let cutter = try await cutter()
    var calibrations: [Calibration] = []
    for count in workers { calibrations.append(try await Calibration(job.model, lanes: count)) }
    var rounds = workers.map { _ in [ValidationRound]() }
    for round in 1...repetitions {
      for (index, count) in workers.enumerated() {
        note("round \(round) of \(repetitions): \(Quantities.counted(count, "worker"))")
        let before = try await calibrations[index].measure(summaries: ValidationJob.summaries, note: note)
        let measured = try ValidationJob.summary(in: try await ownProgram(job.arguments(workers: count)))
        let after = try await calibrations[index].measure(summaries: ValidationJob.summaries, note: note)
        rounds[index].append(
          ValidationRound(
            measured,
            costs: before.mean(with: after),
            chunks: try cutter.cut(nil, lanes: count).chunks,
            workers: count,
            cores: cores
          )
        )
      }
    }
    return zip(workers, rounds).map {
      ValidationRow(workers: $0, tokens: cutter.boundaries.count, rounds: $1)
    }
  }

  /// The document's own cuts.
  private func cutter() async throws -> DocumentCutter {
    let loaded = try await job.model.load(for: ModelUse(answers: false))
    let tokenizer = try loaded.makeTokenizer()
    return DocumentCutter(
      boundaries: tokenizer.boundaries(of: tokenizer.encode(utf8: document)),
      sinkTokens: try PromptWriter(tokenizer: tokenizer).sink(nil).count,
      left: job.left,
      contextTokens: loaded.model.configuration.contextLength
    )
  }
}
