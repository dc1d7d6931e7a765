package import APITypes
package import Benchmarks
internal import ParallelContext
internal import Tables
internal import Transformer

/// The runs of a scaling benchmark, one after the other.
package struct ScalingMeasurement: Sendable {
  var plan: ScalingPlan
  var texts: ScalingTexts
  var model: Model
  /// Encodes the documents of runs in one process.
  var encoder: InProcessEncoder
  /// The sink's keys and values, for the same runs.
  var sink: KVCache?
  /// The options that documents are submitted with.
  var submission: DocumentSubmission
  /// Takes a line about every run.
  var note: @Sendable (String) -> Void

  /// The figures of all runs.
  package struct Outcome: Sendable {
    /// All runs but those that warmed up.
    package var samples: [ScalingSample]
    /// The speed of matrix products alone, a thread, before and after.
    package var peakGflops: Double
    /// Tokens a second and thread that this speed allows, by the document's length.
    package var limitPerThread: [Int: Double]
    /// Lanes of each worker, where all have the same number.
    package var commonLanes: Int?
  }

  /// Follows the plan.
  func run(_ target: some ScalingTarget) async throws -> Outcome {
    let warmUp = 2 * (submission.chunkTokens ?? ScalingRequest.usualChunkTokens) * max(1, encoder.laneCount)
    let steps = plan.steps(warmUpTokens: min(warmUp, texts.availableTokens))
    let lengths = Set(steps.map(\.tokens))
    let documents = Dictionary(
      uniqueKeysWithValues: try lengths.map { ($0, try texts.document(tokens: $0)) }
    )
    let layers = try model.packedLayers()
    let before = try await encoder.peak(of: layers)
    var samples: [ScalingSample] = []
    var lanes: Set<Int> = []
    for step in steps {
      try Task.checkCancellation()
      guard let document = documents[step.tokens] else { continue }
      let sample: ScalingSample
      switch step.work {
      case .singleProcess: sample = try await alone(step, document)
      case .workers(let count):
        let connected = try await target.connectedWorkers()
        lanes.formUnion(connected.map(\.lanes))
        sample = try await shared(step, document, count, connected, target)
      }
      if step.round > 0 { samples.append(sample) }
      note(Self.line(step, tokens: sample.tokens, seconds: sample.seconds, repetitions: plan.repetitions))
    }
    let peak = GEMMPeak.mean([before, try await encoder.peak(of: layers)])
    return Outcome(
      samples: samples,
      peakGflops: documents.values.first.map { roofline($0).linearRate(peak) } ?? 0,
      limitPerThread: Dictionary(
        documents.values.map { ($0.tokens.count, Double($0.tokens.count) / roofline($0).seconds(at: peak)) },
        uniquingKeysWith: { first, _ in first }
      ),
      commonLanes: lanes.count == 1 ? lanes.first : nil
    )
  }

  private func roofline(_ document: ScalingDocument) -> EncodeRoofline {
    EncodeRoofline(model: model, chunks: document.rows, sink: texts.sink.count)
  }

  private func alone(_ step: ScalingPlan.Step, _ document: ScalingDocument) async throws -> ScalingSample {
    let leads = document.leads
    let runs = zip(document.chunks, leads).map { InProcessEncoder.Run($0, lead: $1) }
    let laneSeconds = try await encoder.encode(runs, behind: sink).laneSeconds
    return ScalingSample(
      step: step,
      laneSeconds: laneSeconds,
      chunks: document.plan.chunks.map(\.count),
      leadTokens: leads.reduce(0) { $0 + $1.count },
      sinkTokens: texts.sink.count
    )
  }

  private func shared(
    _ step: ScalingPlan.Step,
    _ document: ScalingDocument,
    _ count: Int,
    _ connected: [WorkerStatus],
    _ target: some ScalingTarget
  ) async throws -> ScalingSample {
    var submission = submission
    submission.workers = count
    let before = HardwareLimits.processorSeconds()
    let id = try await target.submit(submission, bytes: document.bytes).id
    let summary = try await target.summary(id)
    let used = HardwareLimits.processorSeconds() - before
    let timeline = try await target.timeline(id)
    try await target.delete(id)
    return ScalingSample(
      step: step,
      summary: summary,
      timeline: timeline,
      threads: Self.threads(of: count, among: connected, atWork: Set(summary.workers.map(\.id))),
      coordinatorCPUSeconds: target.isHere ? used : nil
    )
  }
}

extension ScalingMeasurement {
  /// The lanes that a run had. A short document may leave some of the workers without a chunk; they count all the
  /// same.
  ///
  /// - Parameters:
  ///   - count: The workers that the run was to have.
  ///   - connected: The workers that were there.
  ///   - atWork: The workers that encoded a chunk.
  /// - Returns: The lanes of the workers at work and of as many others as are missing, at least 1.
  package static func threads(
    of count: Int,
    among connected: [WorkerStatus],
    atWork: Set<String>
  ) -> Int {
    let took = connected.filter { atWork.contains($0.id) }
    let idle = connected.filter { !atWork.contains($0.id) }.prefix(max(0, count - took.count))
    return max(1, (took + idle).reduce(0) { $0 + $1.lanes })
  }

  /// A line about a run that is over.
  ///
  /// - Parameters:
  ///   - step: The run.
  ///   - tokens: Tokens of its document.
  ///   - seconds: The time it took.
  ///   - repetitions: The rounds of the plan.
  /// - Returns: The line.
  package static func line(
    _ step: ScalingPlan.Step,
    tokens: Int,
    seconds: Double,
    repetitions: Int
  ) -> String {
    let work =
      switch step.work {
      case .singleProcess: "one process"
      case .workers(let count): Quantities.counted(count, "worker")
      }
    let round = step.round == 0 ? "warm-up" : "round \(step.round) of \(repetitions)"
    return "\(round), \(work): \(Quantities.counted(tokens, "token")) in \(Quantities.seconds(seconds))"
  }
}
