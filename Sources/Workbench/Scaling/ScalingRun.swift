internal import APITypes
package import Benchmarks
internal import CommandLineSupport
internal import HTTPClient
internal import KVFormat
internal import ParallelContext
package import Runtime
internal import Tables
internal import Threads
internal import Transformer
internal import Wire

/// A scaling benchmark on this machine.
package struct ScalingRun: Sendable {
  /// A function that starts workers with a coordinator in this process, of a model that is loaded, measures on them,
  /// and stops them.
  package typealias LocalCluster =
    @Sendable (
      _ workers: LocalWorkersPlan,
      _ loaded: LoadedModel,
      _ measure: @escaping @Sendable (LocalTarget) async throws -> ScalingMeasurement.Outcome
    ) async throws -> ScalingMeasurement.Outcome

  /// The machine that it runs on.
  package struct Machine: Sendable {
    /// The number of processors to count on.
    package var cores: Int
    /// The processors that this process may use.
    package var processors: [Int]
    /// The name that the processor gives itself.
    package var processorName: String

    /// A machine from its parts.
    package init(cores: Int, processors: [Int], processorName: String) {
      self.cores = cores
      self.processors = processors
      self.processorName = processorName
    }
  }

  private let request: ScalingRequest
  private let machine: Machine
  private let cluster: LocalCluster
  private let note: @Sendable (String) -> Void
  private let warn: @Sendable (String) -> Void

  /// The connection of workers on this machine, in words.
  static let localLink = "loopback TCP"
  /// The most seconds of a causal pass.
  private static let causalLimit = 60.0
  /// The time that workers which are started here may take to register.
  private static let startLimit = Duration.seconds(120)

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - request: The questions.
  ///   - machine: The machine.
  ///   - cluster: Starts workers on this machine.
  ///   - note: Takes a line about every step.
  ///   - warn: Takes a line that people have to know.
  package init(
    _ request: ScalingRequest,
    on machine: Machine,
    cluster: @escaping LocalCluster,
    note: @escaping @Sendable (String) -> Void,
    warn: @escaping @Sendable (String) -> Void
  ) {
    self.request = request
    self.machine = machine
    self.cluster = cluster
    self.note = note
    self.warn = warn
  }

  /// Measures everything.
  ///
  /// - Returns: The table.
  /// - Throws: ``CommandFailure`` for what the model, the document or the workers do not allow; what measuring throws.
  package func result() async throws -> ScalingResult {
    let isLocal = request.coordinator == nil
    let use = ModelUse(
      answers: false,
      lanes: request.singleProcessLanes(cores: machine.cores),
      workers: isLocal ? request.mostWorkers : 0,
      workerLanes: request.lanes
    )
    let loaded = try await request.model.load(for: use)
    let texts = try ScalingTexts(loaded, request)
    let plan = request.plan(availableTokens: texts.availableTokens)
    let lanes = request.singleProcessLanes(cores: machine.cores)
    let encoder = try InProcessEncoder(
      model: loaded.model,
      kvType: .bf16,
      lanes: lanes,
      tokens: request.chunkTokens + texts.leftTokens,
      processors: allowedProcessors()
    )
    let sink = try await encoder.encodeSink(texts.sink)
    let measurement = ScalingMeasurement(
      plan: plan,
      texts: texts,
      model: loaded.model,
      encoder: encoder,
      sink: sink,
      submission: DocumentSubmission(
        name: request.document?.name ?? "made-up text",
        chunkTokens: request.chunkTokens,
        leftTokens: texts.leftTokens,
        sink: request.sink
      ),
      note: note
    )
    let (measured, link) =
      if let url = request.coordinator {
        try await CoordinatorClient.with(url) { try await remote($0, loaded, measurement) }
      } else {
        (try await local(loaded, measurement), Self.localLink)
      }
    let causal = try await causal(loaded.model, texts, plan, threads: lanes)
    return ScalingResult(
      plan: plan,
      facts: facts(loaded, texts, measured, link: link),
      samples: measured.samples,
      causal: causal,
      causalThreads: lanes
    )
  }

  // MARK: Workers

  private func local(
    _ loaded: LoadedModel,
    _ measurement: ScalingMeasurement
  ) async throws -> ScalingMeasurement.Outcome {
    let workers = try LocalWorkersPlan(
      workers: request.mostWorkers,
      lanes: request.lanes,
      allowed: machine.processors
    )
    if let warning = workers.warning { warn(warning) }
    return try await cluster(workers, loaded) { target in
      try await waitForWorkers(workers.workers, of: target)
      return try await measurement.run(target)
    }
  }

  private func waitForWorkers(_ count: Int, of target: some ScalingTarget) async throws {
    let deadline = ContinuousClock.now + Self.startLimit
    while try await target.connectedWorkers().count < count {
      guard ContinuousClock.now < deadline else {
        throw CommandFailure(.failed, "The workers did not start in \(Self.startLimit.components.seconds) s.")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  private func remote(
    _ client: CoordinatorClient,
    _ loaded: LoadedModel,
    _ measurement: ScalingMeasurement
  ) async throws -> (ScalingMeasurement.Outcome, link: String) {
    let coordinator = RemoteCoordinator(try await client.status())
    try coordinator.checkModel(request.model.path, sha256: loaded.identity.modelSHA256)
    let target = RemoteTarget(client)
    try RemoteCoordinator.checkWorkers(
      connected: try await target.connectedWorkers().count,
      wanted: request.mostWorkers
    )
    return (try await measurement.run(target), coordinator.link)
  }

  // MARK: Full attention

  private func causal(
    _ model: Model,
    _ texts: ScalingTexts,
    _ plan: ScalingPlan,
    threads: Int
  ) async throws -> [(tokens: Int, seconds: Double)] {
    guard request.includesFullAttention else { return [] }
    let lengths = plan.allTokens
    let tokens = try texts.document(tokens: lengths.last ?? 0).tokens
    let note = note
    return try await ComputeThread(limit: 1).run {
      try CausalBenchmark.measure(
        model: model,
        tokens: tokens,
        lengths: lengths,
        limit: Self.causalLimit,
        threads: threads
      ) { note("full attention over \(Quantities.counted($0, "token"))") }
    }
  }

  private func facts(
    _ loaded: LoadedModel,
    _ texts: ScalingTexts,
    _ measured: ScalingMeasurement.Outcome,
    link: String
  ) -> ScalingFacts {
    ScalingFacts(
      lanes: request.coordinator == nil ? request.lanes : measured.commonLanes,
      chunkTokens: request.chunkTokens,
      leftTokens: texts.leftTokens,
      link: link,
      compute: loaded.model.compute.rawValue,
      modelSHA256: loaded.identity.modelSHA256,
      build: "braid \(braidVersion), oneDNN \(onednnVersion)",
      cpu: machine.processorName,
      gemmPeakGflops: measured.peakGflops,
      limitPerThread: measured.limitPerThread
    )
  }
}
