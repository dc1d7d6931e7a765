package import Benchmarks
package import HTTPClient

/// The questions that a scaling benchmark is to answer, and the document it takes for them.
package struct ScalingRequest: Sendable {
  /// A document of the user's.
  package struct Document: Sendable {
    /// Its name.
    package var name: String
    /// Its text.
    package var bytes: [UInt8]

    /// A document from its parts.
    package init(name: String, bytes: [UInt8]) {
      self.name = name
      self.bytes = bytes
    }
  }

  /// The model.
  package var model: ModelChoice
  /// Numbers of workers.
  package var workers: [Int]
  /// Tokens of the document, in weak scaling of each worker; nil for all of the document, or for the usual.
  package var tokens: Int?
  /// The document; nil for a made-up text.
  package var document: Document?
  /// True if the document grows with the workers.
  package var isWeak: Bool
  /// Tokens of a chunk.
  package var chunkTokens: Int
  /// Tokens before a chunk that it is read after.
  package var leftTokens: Int
  /// The beginning of everything, as it was chosen; nil for the default.
  package var sink: String?
  /// Lanes of each worker that is started here.
  package var lanes: Int
  /// The number of measurements of each step.
  package var repetitions: Int
  /// The coordinator whose workers are measured; nil for workers that are started here.
  package var coordinator: CoordinatorURL?
  /// True if the lanes of one process are measured too.
  package var includesSingleProcess: Bool
  /// True if full attention is measured too.
  package var includesFullAttention: Bool
  /// Further lengths; nil for the usual, if any are wanted.
  package var lengths: [Int]?
  /// True if further lengths are wanted.
  package var wantsLengths: Bool

  /// A request from its parts.
  package init(
    model: ModelChoice,
    workers: [Int],
    tokens: Int? = nil,
    document: Document? = nil,
    isWeak: Bool = false,
    chunkTokens: Int = Self.usualChunkTokens,
    leftTokens: Int = 0,
    sink: String? = nil,
    lanes: Int = 1,
    repetitions: Int = 1,
    coordinator: CoordinatorURL? = nil,
    includesSingleProcess: Bool = true,
    includesFullAttention: Bool = true,
    lengths: [Int]? = nil,
    wantsLengths: Bool = false
  ) {
    self.model = model
    self.workers = workers
    self.tokens = tokens
    self.document = document
    self.isWeak = isWeak
    self.chunkTokens = chunkTokens
    self.leftTokens = leftTokens
    self.sink = sink
    self.lanes = lanes
    self.repetitions = repetitions
    self.coordinator = coordinator
    self.includesSingleProcess = includesSingleProcess
    self.includesFullAttention = includesFullAttention
    self.lengths = lengths
    self.wantsLengths = wantsLengths
  }

  /// Tokens of a document for which no number is given.
  package static let usualTokens = 32768
  /// Tokens of a chunk for which no number is given.
  package static let usualChunkTokens = 1024

  /// 1 and the powers of two up to the number of cores, at most 64.
  package static func usualWorkers(cores: Int) -> [Int] {
    sequence(first: 1) { 2 * $0 <= min(cores, 64) ? 2 * $0 : nil }.map { $0 }
  }

  /// The most workers of any run.
  package var mostWorkers: Int { workers.max() ?? 1 }

  /// The length of a text that is made up: that of the longest run.
  package var madeUpTokens: Int {
    let wanted = tokens ?? Self.usualTokens
    return isWeak ? wanted * mostWorkers : wanted
  }

  /// The lanes of this process that are measured alone: as many as the most workers have, as far as there are cores,
  /// and one for each core beside a coordinator elsewhere.
  package func singleProcessLanes(cores: Int) -> Int {
    coordinator == nil ? min(cores, mostWorkers * lanes) : cores
  }

  /// The runs to make.
  ///
  /// - Parameter availableTokens: The length of the text.
  /// - Returns: The plan.
  package func plan(availableTokens: Int) -> ScalingPlan {
    let tokens = tokens ?? (document == nil ? Self.usualTokens : availableTokens)
    let longest = isWeak ? tokens * mostWorkers : tokens
    let usual = wantsLengths ? [8, 4, 2].map { longest / $0 }.filter { $0 > 0 } : []
    return ScalingPlan(
      workers: workers,
      tokens: tokens,
      isWeak: isWeak,
      repetitions: repetitions,
      includesSingleProcess: includesSingleProcess,
      lengths: (lengths ?? usual).filter { $0 <= longest }
    )
  }
}
