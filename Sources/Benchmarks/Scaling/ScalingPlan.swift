/// Which runs a scaling benchmark makes, in which order.
package struct ScalingPlan: Sendable, Hashable {
  /// What encodes the document of a run.
  package enum Work: Sendable, Hashable {
    /// So many worker processes.
    case workers(Int)
    /// The lanes of this process.
    case singleProcess
  }

  /// One run.
  package struct Step: Sendable, Hashable {
    /// What encodes the document.
    package var work: Work
    /// The document's length.
    package var tokens: Int
    /// The round it belongs to, from 1; 0 for runs that do not count.
    package var round: Int

    /// A run from its parts.
    package init(work: Work, tokens: Int, round: Int) {
      self.work = work
      self.tokens = tokens
      self.round = round
    }
  }

  /// Numbers of workers, as they were asked for.
  package let workers: [Int]
  /// The document's length for the fewest workers; in strong scaling for all.
  package let tokens: Int
  /// Whether the document grows with the workers.
  package let isWeak: Bool
  /// How often everything is measured.
  package let repetitions: Int
  /// Whether the lanes of one process are measured too.
  package let includesSingleProcess: Bool
  /// Further lengths that the most workers encode, once each.
  package let lengths: [Int]

  /// Makes a plan.
  ///
  /// - Parameters:
  ///   - workers: Numbers of workers, at least one.
  ///   - tokens: The document's length; in weak scaling that of one worker.
  ///   - isWeak: Whether the document grows with the workers.
  ///   - repetitions: How often everything is measured.
  ///   - includesSingleProcess: Whether the lanes of one process are measured too.
  ///   - lengths: Further lengths that the most workers encode, once each.
  package init(
    workers: [Int],
    tokens: Int,
    isWeak: Bool = false,
    repetitions: Int,
    includesSingleProcess: Bool = true,
    lengths: [Int] = []
  ) {
    self.workers = workers
    self.tokens = tokens
    self.isWeak = isWeak
    self.repetitions = repetitions
    self.includesSingleProcess = includesSingleProcess
    self.lengths = lengths
  }

  /// The most workers of any run.
  package var mostWorkers: Int { workers.max() ?? 1 }

  /// The length of the document for so many workers.
  package func tokens(forWorkers count: Int) -> Int { isWeak ? tokens * count : tokens }

  /// The works that are compared. One process gets the document of the most workers.
  package var works: [Work] {
    (includesSingleProcess ? [.singleProcess] : []) + workers.map { .workers($0) }
  }

  /// The length of a work's document.
  package func tokens(of work: Work) -> Int {
    switch work {
    case .workers(let count): tokens(forWorkers: count)
    case .singleProcess: tokens(forWorkers: mostWorkers)
    }
  }

  /// The runs in order: short ones that warm up, then rounds in which every work has its turn, so that a slow
  /// spell of the machine meets all of them, then the further lengths.
  ///
  /// - Parameter warmUpTokens: The most tokens of a run that warms up.
  /// - Returns: The runs.
  package func steps(warmUpTokens: Int) -> [Step] {
    let most = Work.workers(mostWorkers)
    var steps = ((includesSingleProcess ? [Work.singleProcess] : []) + [most]).map {
      Step(work: $0, tokens: min(warmUpTokens, tokens(of: $0)), round: 0)
    }
    for round in 1...max(1, repetitions) {
      steps += works.map { Step(work: $0, tokens: tokens(of: $0), round: round) }
    }
    let known = Set(works.filter { $0 == most }.map { tokens(of: $0) })
    steps += lengths.filter { !known.contains($0) }.map { Step(work: most, tokens: $0, round: 1) }
    return steps
  }

  /// Every length of a run.
  package var allTokens: [Int] { Set(works.map { tokens(of: $0) } + lengths).sorted() }
}
