/// The runs of a scaling benchmark, in order.
package struct ScalingPlan: Sendable, Hashable {
  /// The processes that encode the document of a run.
  package enum Work: Sendable, Hashable {
    /// This number of worker processes.
    case workers(Int)
    /// The lanes of this process.
    case singleProcess
  }

  /// One run.
  package struct Step: Sendable, Hashable {
    /// The processes that encode the document.
    package var work: Work
    /// The document's length in tokens.
    package var tokens: Int
    /// The round it belongs to, from 1; 0 for a warm-up.
    package var round: Int

    package init(work: Work, tokens: Int, round: Int) {
      self.work = work
      self.tokens = tokens
      self.round = round
    }
  }

  /// The numbers of workers, at least one, in the order in which they were given.
  package let workers: [Int]
  /// The document's length in tokens; in weak scaling, the length for one worker.
  package let tokens: Int
  /// True if the document grows with the number of workers.
  package let isWeak: Bool
  /// The number of times that everything is measured.
  package let repetitions: Int
  /// True if the lanes of one process are measured too.
  package let includesSingleProcess: Bool
  /// Further lengths in tokens that the most workers encode, once each.
  package let lengths: [Int]

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

  /// The largest number of workers of any run.
  package var mostWorkers: Int { workers.max() ?? 1 }

  /// Returns the document's length in tokens for a number of workers.
  package func tokens(forWorkers count: Int) -> Int { isWeak ? tokens * count : tokens }

  /// The works that are compared, in the order of their turns.
  package var works: [Work] {
    (includesSingleProcess ? [.singleProcess] : []) + workers.map { .workers($0) }
  }

  /// Returns the length in tokens of a work's document; one process gets the document of the most workers.
  package func tokens(of work: Work) -> Int {
    switch work {
    case .workers(let count): tokens(forWorkers: count)
    case .singleProcess: tokens(forWorkers: mostWorkers)
    }
  }

  /// Returns the runs in this order:
  ///
  /// 1. Short runs that warm up.
  /// 2. Rounds in which every work has its turn, so that a slow spell of the machine affects all of them.
  /// 3. Runs of the further lengths.
  ///
  /// - Parameter warmUpTokens: The most tokens of a warm-up.
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

  /// All different lengths of measured runs, in tokens, ascending.
  package var allTokens: [Int] { Set(works.map { tokens(of: $0) } + lengths).sorted() }
}
