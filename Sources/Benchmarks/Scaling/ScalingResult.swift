package import APITypes

/// The conditions of a scaling benchmark, other than the document.
package struct ScalingFacts: Sendable, Hashable {
  /// The number of lanes of each worker; nil when they differ or are not known.
  package var lanes: Int?
  /// The target size of a chunk, in tokens.
  package var chunkTokens: Int
  /// Tokens of a chunk's left context.
  package var leftTokens: Int
  /// The link between workers and coordinator.
  package var link: String
  /// The precision of the computation.
  package var compute: String
  /// The SHA-256 of the model file.
  package var modelSHA256: String
  /// The versions of Braid and of the matrix library.
  package var build: String
  /// The processor's name.
  package var cpu: String
  /// The speed of matrix products alone on the model's shapes, in 10^9 operations per second and thread.
  package var gemmPeakGflops: Double
  /// The tokens per second and thread that this speed allows, by the document's length.
  package var limitPerThread: [Int: Double]

  package init(
    lanes: Int?,
    chunkTokens: Int,
    leftTokens: Int,
    link: String,
    compute: String,
    modelSHA256: String,
    build: String,
    cpu: String,
    gemmPeakGflops: Double,
    limitPerThread: [Int: Double]
  ) {
    self.lanes = lanes
    self.chunkTokens = chunkTokens
    self.leftTokens = leftTokens
    self.link = link
    self.compute = compute
    self.modelSHA256 = modelSHA256
    self.build = build
    self.cpu = cpu
    self.gemmPeakGflops = gemmPeakGflops
    self.limitPerThread = limitPerThread
  }
}

/// The table of a scaling benchmark, and the data of its charts.
package struct ScalingResult: Sendable {
  /// The plan that was followed.
  package let plan: ScalingPlan
  /// The conditions.
  package let facts: ScalingFacts
  /// The rows: one process, full attention, then the numbers of workers in the order given.
  package let rows: [ScalingRow]
  /// The fit of Amdahl's law to the rows with workers; nil in weak scaling and for one number of workers.
  package let amdahl: AmdahlFit?
  /// Lengths and median seconds of the most workers, by length.
  package let lengths: [(tokens: Int, seconds: Double)]
  /// Lengths and seconds of the causal passes that were measured.
  package let causal: [(tokens: Int, seconds: Double)]
  /// The run of the most workers with the median time, or the time just below it.
  package let typicalRun: DocumentTimeline?

  /// Computes the table.
  ///
  /// - Parameters:
  ///   - plan: The plan that was followed.
  ///   - facts: The conditions.
  ///   - samples: The runs without warm-ups.
  ///   - causal: Lengths and seconds of causal passes.
  ///   - causalThreads: The number of threads of the causal passes.
  package init(
    plan: ScalingPlan,
    facts: ScalingFacts,
    samples: [ScalingSample],
    causal: [(tokens: Int, seconds: Double)],
    causalThreads: Int
  ) {
    self.plan = plan
    self.facts = facts
    self.causal = causal
    let base = ScalingPlan.Work.workers(plan.workers.min() ?? 1)
    let all = plan.works.compactMap { work in
      Self.row(work, of: samples.filter { $0.step.tokens == plan.tokens(of: $0.step.work) }, base, facts)
    }
    let rate = all.first { $0.workers == plan.workers.min() }?.tokensPerSecond
    let full = Self.fullAttention(causal, plan: plan, facts, threads: causalThreads, base: rate)
    rows = all.filter { $0.kind == .singleProcess } + full + all.filter { $0.kind == .workers }
    amdahl =
      plan.isWeak
      ? nil : AmdahlFit(all.filter { $0.kind == .workers }.map { ($0.threads, $0.encodeSeconds) })
    let most = samples.filter { $0.step.work == .workers(plan.mostWorkers) }
    lengths = Set(most.map(\.tokens)).sorted().map { tokens in
      (tokens, median(most.filter { $0.tokens == tokens }.map(\.seconds)))
    }
    let longest = most.filter { $0.step.tokens == plan.tokens(forWorkers: plan.mostWorkers) }
    let ordered = longest.sorted { $0.seconds < $1.seconds }
    typicalRun = ordered.isEmpty ? nil : ordered[(ordered.count - 1) / 2].timeline
  }

  private static func row(
    _ work: ScalingPlan.Work,
    of samples: [ScalingSample],
    _ base: ScalingPlan.Work,
    _ facts: ScalingFacts
  ) -> ScalingRow? {
    let mine = samples.filter { $0.step.work == work }
    guard let first = mine.first else { return nil }
    let workers: Int? = if case .workers(let count) = work { count } else { nil }
    var row = ScalingRow(
      kind: workers == nil ? .singleProcess : .workers,
      workers: workers,
      threads: first.threads,
      tokens: first.tokens,
      encodeSeconds: median(mine.map(\.seconds))
    )
    func middle(_ value: (ScalingSample) -> Double?) -> Double? {
      let values = mine.compactMap(value)
      return values.isEmpty ? nil : median(values)
    }
    func sum(_ value: (ScalingSample) -> Int?) -> Int? {
      let values = mine.compactMap(value)
      return values.isEmpty ? nil : values.reduce(0, +)
    }
    row.lanes = workers == nil ? nil : facts.lanes
    row.chunks = first.chunks
    row.sinkTokens = first.sinkTokens
    row.repetitions = mine.count
    row.encodeSecondsP95 = percentile(mine.map(\.seconds), 95)
    row.queueSeconds = middle(\.queueSeconds)
    row.computeSecondsMax = middle(\.computeSecondsMax)
    row.computeSecondsMean = middle(\.computeSecondsMean)
    row.wireSeconds = middle(\.wireSeconds)
    row.mergeSeconds = middle(\.mergeSeconds)
    row.coordinatorCPUSeconds = middle(\.coordinatorCPUSeconds)
    row.stragglerRatio = middle {
      $0.computeSecondsMean > 0 ? $0.computeSecondsMax / $0.computeSecondsMean : nil
    }
    row.duplicatedTokenShare = middle(\.duplicatedTokenShare)
    row.retries = sum(\.retries)
    row.wireBytes = middle { $0.wireBytes.map(Double.init) }.flatMap { Int(exactly: $0.rounded()) }
    row.link = workers == nil ? nil : facts.link
    row.describe(facts)
    // Compared round by round, since a slow spell of the machine slows both.
    let rounds = mine.compactMap { sample in
      samples.first { $0.step.work == base && $0.step.round == sample.step.round }
        .map { (ratio: sample.rate / max($0.rate, 1e-9), threads: Double($0.threads)) }
    }
    if let reference = rounds.first {
      let speedup = median(rounds.map(\.ratio))
      row.speedup = speedup
      row.efficiency = speedup * reference.threads / Double(max(1, row.threads))
    }
    return row
  }

  private static func fullAttention(
    _ causal: [(tokens: Int, seconds: Double)],
    plan: ScalingPlan,
    _ facts: ScalingFacts,
    threads: Int,
    base: Double?
  ) -> [ScalingRow] {
    guard let fit = CausalFit(causal) else { return [] }
    return Set(plan.works.map { plan.tokens(of: $0) }).sorted().map { tokens in
      let known = causal.first { $0.tokens == tokens }?.seconds
      var row = ScalingRow(
        kind: .fullAttention,
        threads: threads,
        tokens: tokens,
        encodeSeconds: known ?? fit.seconds(tokens: tokens)
      )
      row.extrapolated = known == nil
      row.repetitions = known == nil ? nil : 1
      row.speedup = base.map { row.tokensPerSecond / max($0, 1e-9) }
      row.duplicatedTokenShare = 0
      row.describe(facts)
      (row.chunkTokens, row.leftTokens, row.limitTokensPerSecond) = (nil, nil, nil)
      return row
    }
  }
}

extension ScalingRow {
  fileprivate mutating func describe(_ facts: ScalingFacts) {
    chunkTokens = facts.chunkTokens
    leftTokens = facts.leftTokens
    gemmPeakGflops = facts.gemmPeakGflops
    limitTokensPerSecond = facts.limitPerThread[tokens].map { $0 * Double(threads) }
    compute = facts.compute
    modelSHA256 = facts.modelSHA256
    build = facts.build
    cpu = facts.cpu
  }
}
