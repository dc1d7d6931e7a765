internal import ParallelContext
internal import Scheduling
internal import Synchronization
internal import Transformer

/// Answers a coordinator's questions together, round by round on its compute thread; other computations come between
/// the rounds.
final class AnswerRounds: Sendable {
  private struct Arrival {
    var model: ServedModel
    var question: @Sendable () throws -> AskedQuestion
    var refused: @Sendable (any Error) -> Void
  }

  private struct State {
    var arrivals: [Arrival] = []
    /// Questions that are in a batch, as of the last round.
    var held = 0
    var isRunning = false
  }

  private let compute: ComputeThread
  private let configuration: CoordinatorConfiguration
  private let state = Mutex(State())
  // Safe: only jobs of the compute thread touch it.
  nonisolated(unsafe) private var batches: [ModelIndex: AnswerBatch] = [:]

  /// Makes rounds without questions.
  ///
  /// - Parameters:
  ///   - compute: The thread.
  ///   - configuration: The number of threads that share a round's work, and the most questions.
  init(on compute: ComputeThread, configuration: CoordinatorConfiguration) {
    self.compute = compute
    self.configuration = configuration
  }

  /// Adds a question.
  ///
  /// - Parameters:
  ///   - model: The model that answers.
  ///   - question: Makes the question, on the compute thread.
  ///   - refused: Called in place of the question's end when it cannot be made.
  /// - Throws: ``ComputeThread/Full`` when too many are waiting.
  func add(
    by model: ServedModel,
    _ question: @escaping @Sendable () throws -> AskedQuestion,
    refused: @escaping @Sendable (any Error) -> Void
  ) throws(ComputeThread.Full) {
    let (isFree, isIdle) = state.withLock { state in
      guard state.arrivals.count + state.held < configuration.waitingQuestions else { return (false, false) }
      state.arrivals.append(Arrival(model: model, question: question, refused: refused))
      defer { state.isRunning = true }
      return (true, !state.isRunning)
    }
    guard isFree else { throw ComputeThread.Full() }
    if isIdle { compute.enqueue { self.runRound() } }
  }

  private func runRound() {
    let arrivals = state.withLock { state in
      defer { state.arrivals.removeAll(keepingCapacity: true) }
      state.held += state.arrivals.count
      return state.arrivals
    }
    for arrival in arrivals {
      do {
        try batch(of: arrival.model).add(try arrival.question())
      } catch {
        arrival.refused(error)
      }
    }
    for batch in batches.values where !batch.isEmpty { batch.runRound() }
    let held = batches.values.reduce(0) { $0 + $1.count }
    let goesOn = state.withLock { state in
      state.held = held
      state.isRunning = held > 0 || !state.arrivals.isEmpty
      return state.isRunning
    }
    if goesOn { compute.enqueue { self.runRound() } }
  }

  private func batch(of model: ServedModel) throws -> AnswerBatch {
    if let known = batches[model.index] { return known }
    let loaded = model.loaded.model
    let batch = try AnswerBatch(
      model: loaded,
      threads: configuration.threads,
      most: configuration.questionsTogether(by: loaded.configuration)
    )
    batches[model.index] = batch
    return batch
  }
}
