internal import APITypes
internal import ParallelContext
internal import Scheduling

/// A model of a coordinator, with its name and the prompts that are written for it.
struct ServedModel: Sendable {
  /// Its place among the coordinator's models.
  let index: ModelIndex
  /// The name under which it is listed.
  let id: String
  let loaded: LoadedModel
  let prompts: PromptWriter

  /// Makes a model of a coordinator.
  ///
  /// - Throws: ``ModelFileError`` when its tokenizer cannot be built.
  init(_ loaded: LoadedModel, id: String, place: Int) throws(ModelFileError) {
    index = ModelIndex(rawValue: place)
    self.id = id
    self.loaded = loaded
    prompts = PromptWriter(tokenizer: try loaded.makeTokenizer())
  }

  /// The reason why nobody encodes a document of this model.
  ///
  /// - Parameters:
  ///   - workers: Connected workers that have the model.
  ///   - others: Connected workers that do not.
  /// - Returns: A sentence; nil when there is a worker.
  func waitingReason(workers: Int, others: Int) -> String? {
    guard workers == 0 else { return nil }
    return others == 0 ? "no worker is connected" : "no connected worker has its model, \(id)"
  }
}
