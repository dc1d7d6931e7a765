internal import APITypes
internal import Benchmarks
internal import ParallelContext
internal import Tables
internal import Transformer

/// The runs of a scaling benchmark, one after the other.
struct ScalingMeasurement: Sendable {
  var plan: ScalingPlan
  var texts: ScalingTexts
  var single: SingleProcessEncoder
  var model: Model
  /// How documents are handed in.
  var submission: DocumentSubmission
  var console: Console

  /// What the runs showed.
  struct Outcome: Sendable {
    /// All runs but those that warmed up.
    var samples: [ScalingSample]
    /// The matrix library's own speed a thread, before and after.
    var peakGflops: Double
    /// Tokens a second and thread that this speed allows, by the document's length.
    var limitPerThread: [Int: Double]
    /// Lanes of each worker, where all have the same number.
    var commonLanes: Int?
  }

  /// Follows the plan.
  func run(_ target: some ScalingTarget) async throws -> Outcome {
    let warmUp = 2 * (submission.chunkTokens ?? 1024) * max(1, single.laneCount)
    let steps = plan.steps(warmUpTokens: min(warmUp, texts.availableTokens))
    let lengths = Set(steps.map(\.tokens))
    let documents = Dictionary(
      uniqueKeysWithValues: try lengths.map { ($0, try texts.document(tokens: $0)) }
    )
    let before = try await single.peak()
    var samples: [ScalingSample] = []
    var lanes: Set<Int> = []
    for step in steps {
      try Task.checkCancellation()
      guard let document = documents[step.tokens] else { continue }
      let sample: ScalingSample
      switch step.work {
      case .singleProcess: sample = try await alone(step, document)
      case .workers(let count):
        let connected = try await target.workers().filter { $0.state != .lost }
        lanes.formUnion(connected.map(\.lanes))
        sample = try await shared(step, document, count, connected, target)
      }
      if step.round > 0 { samples.append(sample) }
      note(step, sample)
    }
    let peak = GEMMPeak.mean([before, try await single.peak()])
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

  /// What has to be computed, what chunks are read after included.
  private func roofline(_ document: ScalingDocument) -> EncodeRoofline {
    let sizes = document.plan.chunks.indices.map {
      document.plan.chunks[$0].count + document.plan.lead(of: $0).count
    }
    return EncodeRoofline(model: model, chunks: sizes, sink: texts.sink.count)
  }

  private func alone(_ step: ScalingPlan.Step, _ document: ScalingDocument) async throws -> ScalingSample {
    let leads = document.leads
    let outcome = try await single.encode(chunks: document.chunks, leads: leads)
    return ScalingSample(
      step: step,
      outcome: outcome,
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
    let before = processorSeconds()
    let id = try await target.submit(submission, bytes: document.bytes).id
    let summary = try await target.summary(id)
    let used = processorSeconds() - before
    let timeline = try await target.timeline(id)
    try await target.delete(id)
    // A short document may leave some of the workers without a chunk; they count all the same.
    let took = connected.filter { worker in summary.workers.contains { $0.id == worker.id } }
    let idle = connected.filter { worker in !took.contains(worker) }.prefix(max(0, count - took.count))
    return ScalingSample(
      step: step,
      summary: summary,
      timeline: timeline,
      threads: max(1, (took + idle).reduce(0) { $0 + $1.lanes }),
      coordinatorCPUSeconds: target.isHere ? used : nil
    )
  }

  private func note(_ step: ScalingPlan.Step, _ sample: ScalingSample) {
    let work =
      switch step.work {
      case .singleProcess: "one process"
      case .workers(let count): Quantities.counted(count, "worker")
      }
    let round = step.round == 0 ? "warm-up" : "round \(step.round) of \(plan.repetitions)"
    console.note(
      "\(round), \(work): \(Quantities.counted(sample.tokens, "token")) in \(Quantities.seconds(sample.seconds))"
    )
  }
}
