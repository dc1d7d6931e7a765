/// A model of a coordinator, with the workers and the documents that it has.
package struct ModelStatus: Codable, Hashable, Sendable {
  /// The model's name.
  package var id: String
  /// The SHA-256 of its file, in hexadecimal.
  package var sha256: String
  /// Connected workers that have it.
  package var workers: Int
  /// Their lanes.
  package var lanes: Int
  /// Documents held that belong to it.
  package var documents: Int

  package init(id: String, sha256: String, workers: Int, lanes: Int, documents: Int) {
    self.id = id
    self.sha256 = sha256
    self.workers = workers
    self.lanes = lanes
    self.documents = documents
  }
}

/// A model in the list of `GET /v1/models`.
package struct ModelDescription: Codable, Hashable, Sendable {
  /// The model's name.
  package var id: String
  /// Always `model`.
  package var object: String
  /// The start of the coordinator, in seconds since 1970.
  package var created: Int
  /// Always `braid`.
  package var ownedBy: String

  /// Makes the description of a model of this coordinator.
  package init(id: String, created: Int) {
    self.id = id
    self.object = "model"
    self.created = created
    self.ownedBy = "braid"
  }

  private enum CodingKeys: String, CodingKey {
    case id, object, created
    case ownedBy = "owned_by"
  }
}
