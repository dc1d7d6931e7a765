internal import APITypes
internal import Benchmarks
internal import CommandLineSupport
internal import KVFormat
internal import Runtime
internal import Simulation
internal import Subprocess
internal import SystemPackage
internal import Tables
internal import Tokenizers
internal import Transformer

/// Encodes a document with local workers and simulates the same, with costs that are measured right before and
/// after.
struct SimulationValidation: Sendable {
  var file: DocumentFile
  var path: String
  var workers: [Int]
  var repetitions: Int
  var left: Int?
  var modelPath: String
  var compute: PrecisionChoice
  var console: Console

  /// Which summaries come with the chunks of the real run.
  private static let summaries = SummaryContent.sketch
  private static let outputLimit = 4 << 20

  private struct Round {
    var measured: Double
    var predicted: Double
    var byOwnRate: Double
  }

  /// Measures and simulates.
  ///
  /// - Returns: A row for each number of workers.
  /// - Throws: What measuring throws.
  func run() async throws -> [ValidationRow] {
    let cutter = try await cutter()
    var calibrations: [Calibration] = []
    for count in workers {
      let setup = CalibrationSetup(modelPath: modelPath, lanes: count, compute: compute)
      calibrations.append(try await makeCalibration(setup))
    }
    var rounds = workers.map { _ in [Round]() }
    for round in 1...repetitions {
      for (index, count) in workers.enumerated() {
        console.note("round \(round) of \(repetitions): \(Quantities.counted(count, "worker"))")
        var costs = try await calibrations[index].measure(summaries: Self.summaries, console)
        let measured = try await encode(workers: count)
        costs = costs.mean(
          with: try await calibrations[index].measure(summaries: Self.summaries, console)
        )
        rounds[index].append(
          Round(
            measured: measured.encode.seconds,
            predicted: try predict(workers: count, costs, cutter),
            byOwnRate: try predict(workers: count, costs, cutter, rateOf: measured)
          )
        )
      }
    }
    return zip(workers, rounds).map { count, rounds in
      ValidationRow(
        workers: count,
        tokens: cutter.boundaries.count,
        repetitions: rounds.count,
        measuredSeconds: median(rounds.map(\.measured)),
        predictedSeconds: median(rounds.map(\.predicted)),
        ratio: median(rounds.map { $0.predicted / $0.measured }),
        ownRateSeconds: median(rounds.map(\.byOwnRate)),
        ownRateRatio: median(rounds.map { $0.byOwnRate / $0.measured })
      )
    }
  }

  /// The document's own cuts.
  private func cutter() async throws -> DocumentCutter {
    let loaded = try await load(modelPath, compute, withHead: false)
    let tokenizer = try loaded.makeTokenizer()
    return DocumentCutter(
      boundaries: tokenizer.boundaries(of: tokenizer.encode(utf8: file.bytes)),
      sinkTokens: try PromptWriter(tokenizer: tokenizer).sink(nil).count,
      left: left,
      contextTokens: loaded.model.configuration.contextLength
    )
  }

  private func encode(workers: Int) async throws -> EncodeSummary {
    let arguments =
      [
        "run", path, "--workers", String(workers), "--lanes", "1", "--format", "json", "--quiet",
        "--model", modelPath, "--compute", compute.rawValue, "--summaries", Self.summaries.rawValue,
      ] + (left.map { ["--left", String($0)] } ?? [])
    let outcome = try await Subprocess.run(
      .path("/proc/self/exe"),
      arguments: Arguments(ofBraid: arguments),
      output: .string(limit: Self.outputLimit),
      error: .string(limit: Self.outputLimit)
    )
    guard case .exited(0) = outcome.terminationStatus,
      let summary = try? APIJSON.decode(EncodeSummary.self, from: outcome.standardOutput.utf8)
    else {
      throw CommandFailure(.failed, "braid run failed: \(outcome.standardError)")
    }
    return summary
  }

  /// Simulates what was measured.
  ///
  /// - Parameters:
  ///   - workers: Local workers.
  ///   - costs: The costs.
  ///   - cutter: Cuts the document.
  ///   - run: The real run whose own computing time replaces that of the costs; nil for none.
  /// - Returns: Seconds of encoding.
  /// - Throws: ``CommandFailure`` for a document that cannot be cut.
  private func predict(
    workers: Int,
    _ costs: CostModel,
    _ cutter: DocumentCutter,
    rateOf run: EncodeSummary? = nil
  ) throws -> Double {
    let chunks = try cutter.cut(nil, lanes: workers).chunks
    var costs = costs
    if let run {
      // The computing time of a real run has in it what shared cores took from it.
      let modelled = chunks.reduce(0) { $0 + costs.computeSeconds($1) }
      let factor = run.encode.computeSecondsMean * Double(run.workers.count) / max(modelled, 1e-9)
      costs.secondsPerRow *= factor
      costs.secondsPerRowSquared *= factor
      costs.sendSecondsPerByte = 0
    }
    var configuration = ClusterConfiguration(
      workers: workers,
      chunks: chunks,
      costs: costs,
      link: .loopback
    )
    configuration.sharedCores = run == nil ? availableCores() : nil
    var simulation = ClusterSimulation(configuration)
    return simulation.run().encodeSeconds
  }
}

/// A real encoding beside a simulated one.
struct ValidationRow: TableRow, Sendable {
  /// Always `validation`.
  let kind = "validation"
  var workers: Int
  var tokens: Int
  var repetitions: Int
  /// The median of the real ones.
  var measuredSeconds: Double
  /// The median of the simulated ones.
  var predictedSeconds: Double
  /// The median of simulated over real of the same round.
  var ratio: Double
  /// The same for a simulation with the computing time that the real run reports: what is left of the difference
  /// does not come from the speed of the lanes.
  var ownRateSeconds: Double
  /// The median of these over real ones of the same round.
  var ownRateRatio: Double

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, workers, tokens, repetitions
    case measuredSeconds = "measured_encode_s"
    case predictedSeconds = "simulated_encode_s"
    case ratio = "simulated_over_measured"
    case ownRateSeconds = "simulated_own_rate_s"
    case ownRateRatio = "simulated_own_rate_over_measured"
  }

  static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }
}

extension [ValidationRow] {
  /// The rows for people.
  var lines: [String] {
    var table = Table([
      ("workers", .right), ("tokens", .right), ("measured s", .right), ("simulated s", .right),
      ("ratio", .right),
      ("by the run's own rate s", .right), ("ratio", .right),
    ])
    for row in self {
      table.add([
        Quantities.count(row.workers), Quantities.count(row.tokens),
        Quantities.decimal(row.measuredSeconds, places: 2),
        Quantities.decimal(row.predictedSeconds, places: 2), Quantities.decimal(row.ratio, places: 3),
        Quantities.decimal(row.ownRateSeconds, places: 2), Quantities.decimal(row.ownRateRatio, places: 3),
      ])
    }
    return ["SIMULATION beside measurement: local workers with a lane each"] + table.lines
  }
}
