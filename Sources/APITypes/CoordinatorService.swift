/// The services of a coordinator to clients that hand in documents and ask about them.
///
/// Every method throws ``ServiceError`` for errors on which the caller can act; any other error is a failure
/// of the coordinator itself.
package protocol CoordinatorService: Sendable {
  /// Accepts a document and begins to encode it.
  ///
  /// - Parameters:
  ///   - submission: Its name and the settings of its encoding.
  ///   - bytes: Its text, in UTF-8. Invalid bytes are replaced and counted.
  /// - Returns: Its status, with the id to follow it by.
  /// - Throws: ``ServiceError``: `badInput` for an empty document, an unknown model or a chunk size that does not
  ///   fit the model.
  func submit(_ submission: DocumentSubmission, bytes: [UInt8]) async throws -> DocumentStatus

  /// All documents, oldest first.
  func documents() async throws -> [DocumentStatus]

  /// One document.
  ///
  /// - Throws: ``ServiceError`` of code `notFound`.
  func document(_ id: String) async throws -> DocumentStatus

  /// The events of a document from now on, its present state first.
  ///
  /// The stream keeps the newest progress only, so that a slow reader costs no memory, and ends after the
  /// document is done or has failed.
  ///
  /// - Throws: ``ServiceError`` of code `notFound`.
  func events(_ id: String) async throws -> AsyncStream<DocumentEvent>

  /// The worker and the times of each committed chunk of a document.
  ///
  /// - Throws: ``ServiceError`` of code `notFound`.
  func timeline(_ id: String) async throws -> DocumentTimeline

  /// Forgets a document; if it is being encoded, it stops.
  ///
  /// - Throws: ``ServiceError`` of code `notFound`.
  func delete(_ id: String) async throws

  /// Answers a question about a document.
  ///
  /// The work stops when the stream is no longer read.
  ///
  /// - Throws: ``ServiceError``: `notFound`, `notReady`, or `badInput` for a policy that cannot be read, another
  ///   model than the document's or a question longer than the model's context. The stream throws when the answer fails midway.
  func answer(_ request: ChatRequest) async throws -> AsyncThrowingStream<AnswerEvent, any Error>

  /// All workers, in the order of their arrival.
  func workers() async throws -> [WorkerStatus]

  /// A summary of the coordinator's state.
  func status() async throws -> CoordinatorStatus
}
