internal import APITypes
internal import Addresses
internal import Benchmarks
internal import CommandLineSupport
internal import HTTPClient
internal import KVFormat
internal import Runtime
internal import Tables
internal import Threads
internal import Transformer
internal import Wire
internal import Worker

/// Carries out the plan of a scaling benchmark.
struct ScalingRun: Sendable {
  var setup: ScalingSetup
  var console: Console

  /// The most seconds of a causal pass.
  private static let causalLimit = 60.0
  /// How long workers that are started here may take to register.
  private static let startLimit = Duration.seconds(120)

  /// Measures everything.
  func result() async throws -> ScalingResult {
    let loaded = try await load(setup.modelPath, setup.compute, withHead: false)
    let most = setup.workers.max() ?? 1
    let wanted = setup.tokens ?? ScalingSetup.usualTokens
    let texts = try ScalingTexts(loaded, setup, madeUpTokens: setup.isWeak ? wanted * most : wanted)
    let tokens = setup.tokens ?? (setup.document == nil ? wanted : texts.availableTokens)
    let longest = setup.isWeak ? tokens * most : tokens
    let usual = setup.wantsLengths ? [8, 4, 2].map { longest / $0 }.filter { $0 > 0 } : []
    let plan = ScalingPlan(
      workers: setup.workers,
      tokens: tokens,
      isWeak: setup.isWeak,
      repetitions: setup.repetitions,
      includesSingleProcess: setup.includesSingleProcess,
      lengths: (setup.lengths ?? usual).filter { $0 <= longest }
    )
    let cores = availableCores()
    let lanes = setup.coordinator == nil ? min(cores, most * setup.lanes) : cores
    let single = try await SingleProcessEncoder(
      model: loaded.model,
      sink: texts.sink,
      lanes: lanes,
      chunkTokens: setup.chunkTokens + texts.leftTokens
    )
    let measurement = ScalingMeasurement(
      plan: plan,
      texts: texts,
      single: single,
      model: loaded.model,
      submission: DocumentSubmission(
        name: setup.document?.name ?? "made-up text",
        chunkTokens: setup.chunkTokens,
        leftTokens: texts.leftTokens,
        sink: setup.sink
      ),
      console: console
    )
    let (measured, link) =
      if let url = setup.coordinator {
        try await CoordinatorClient.with(url) { try await remote($0, loaded, most, measurement) }
      } else {
        try await local(loaded, most, measurement)
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
    _ most: Int,
    _ measurement: ScalingMeasurement
  ) async throws -> (ScalingMeasurement.Outcome, link: String) {
    let allowed = allowedProcessors()
    let fits = most * setup.lanes <= allowed.count
    if !fits {
      console.warn(
        "\(Quantities.counted(most, "worker")) with \(Quantities.counted(setup.lanes, "lane")) each share "
          + "\(Quantities.counted(allowed.count, "core")): the efficiency is that of this machine."
      )
    }
    let processors = try LanePinning.shares(
      of: allowed,
      workers: most,
      lanes: setup.lanes,
      pins: fits ? true : nil
    )
    let token = randomToken()
    let coordinator = try makeCoordinator(
      CoordinatorSetup(
        modelPath: setup.modelPath,
        listen: .freePort,
        compute: setup.compute,
        token: token,
        insecure: false,
        expectedLanes: most * setup.lanes,
        logger: console.jobLogger()
      ),
      loaded
    )
    let common = [
      "--coordinator", coordinator.controlAddress, "--model", setup.modelPath, "--lanes",
      String(setup.lanes), "--compute", setup.compute.rawValue,
    ]
    let workers = LocalWorkers(
      arguments: (0..<most).map { worker in
        let cpus = processors.map { $0[worker].map(String.init).joined(separator: ",") }
        return common + (cpus.map { ["--cpus", $0] } ?? ["--no-pin"])
      },
      token: token,
      console: console
    )
    let outcome = try await withServices([coordinator, workers]) {
      let target = LocalTarget(coordinator: coordinator)
      try await waitForWorkers(most, of: target)
      return try await measurement.run(target)
    }
    return (outcome, "loopback TCP")
  }

  private func waitForWorkers(_ count: Int, of target: some ScalingTarget) async throws {
    let deadline = ContinuousClock.now + Self.startLimit
    while try await target.workers().count(where: { $0.state != .lost }) < count {
      guard ContinuousClock.now < deadline else {
        throw CommandFailure(.failed, "The workers did not start in \(Self.startLimit.components.seconds) s.")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  private func remote(
    _ client: CoordinatorClient,
    _ loaded: LoadedModel,
    _ most: Int,
    _ measurement: ScalingMeasurement
  ) async throws -> (ScalingMeasurement.Outcome, link: String) {
    let status = try await client.status()
    guard status.modelSHA256 == loaded.identity.modelSHA256 else {
      throw CommandFailure(
        .badInput,
        "The coordinator's model is \(status.modelSHA256.prefix(12)) and \(setup.modelPath) is "
          + "\(loaded.identity.modelSHA256.prefix(12)): name the same file with --model."
      )
    }
    let target = RemoteTarget(client: client)
    let connected = try await target.workers().count { $0.state != .lost }
    guard connected >= most else {
      throw CommandFailure(
        .badInput,
        "The coordinator has \(Quantities.counted(connected, "worker")) and --workers asks for \(most): start more, "
          + "or ask for fewer."
      )
    }
    let host = status.controlAddress.split(separator: "/").last.map(String.init) ?? status.controlAddress
    let isLocal = host.hasPrefix("127.") || host.hasPrefix("localhost") || host.hasPrefix("[::1]")
    return (try await measurement.run(target), isLocal ? "loopback TCP" : "TCP to \(host)")
  }

  // MARK: Full attention

  private func causal(
    _ model: Model,
    _ texts: ScalingTexts,
    _ plan: ScalingPlan,
    threads: Int
  ) async throws -> [(tokens: Int, seconds: Double)] {
    guard setup.includesFullAttention else { return [] }
    let lengths = plan.allTokens
    let tokens = try texts.document(tokens: lengths.last ?? 0).tokens
    let console = console
    return try await ComputeThread(limit: 1).run {
      try CausalBenchmark.measure(
        model: model,
        tokens: tokens,
        lengths: lengths,
        limit: Self.causalLimit,
        threads: threads
      ) { console.note("full attention over \(Quantities.counted($0, "token"))") }
    }
  }

  private func facts(
    _ loaded: LoadedModel,
    _ texts: ScalingTexts,
    _ measured: ScalingMeasurement.Outcome,
    link: String
  ) -> ScalingFacts {
    ScalingFacts(
      lanes: setup.coordinator == nil ? setup.lanes : measured.commonLanes,
      chunkTokens: setup.chunkTokens,
      leftTokens: texts.leftTokens,
      link: link,
      compute: loaded.model.compute.rawValue,
      modelSHA256: loaded.identity.modelSHA256,
      build: "braid \(braidVersion), oneDNN \(onednnVersion)",
      cpu: processorName(),
      gemmPeakGflops: measured.peakGflops,
      limitPerThread: measured.limitPerThread
    )
  }
}
