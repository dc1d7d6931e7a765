/// What a command does with a model, as far as memory depends on it.
package struct ModelUse: Sendable, Hashable {
  /// True if this process computes answers or losses, for which it loads the head.
  package var answers: Bool
  /// The number of chunks that this process encodes at a time.
  package var lanes: Int
  /// The number of workers that the command starts beside itself.
  package var workers: Int
  /// The number of chunks that each of these encodes at a time.
  package var workerLanes: Int

  /// A use from its parts.
  package init(answers: Bool, lanes: Int = 0, workers: Int = 0, workerLanes: Int = 0) {
    self.answers = answers
    self.lanes = lanes
    self.workers = workers
    self.workerLanes = workerLanes
  }

  /// The use by each of the workers.
  var ofWorker: ModelUse { ModelUse(answers: false, lanes: workerLanes) }
}
