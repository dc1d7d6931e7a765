package import APITypes
internal import CommandLineSupport
package import HTTPClient

/// The coordinator whose workers are measured.
package protocol ScalingTarget: Sendable {
  /// True if it is this process.
  var isHere: Bool { get }
  /// Hands in a document.
  func submit(_ submission: DocumentSubmission, bytes: [UInt8]) async throws -> DocumentStatus
  /// Waits for a document to be encoded.
  func summary(_ id: String) async throws -> EncodeSummary
  /// The chunks of a document on their workers over time.
  func timeline(_ id: String) async throws -> DocumentTimeline
  /// Forgets a document.
  func delete(_ id: String) async throws
  /// All workers.
  func workers() async throws -> [WorkerStatus]
}

extension ScalingTarget {
  /// The workers that are there.
  package func connectedWorkers() async throws -> [WorkerStatus] {
    try await workers().filter { $0.state != .lost }
  }
}

/// A coordinator in this process.
package struct LocalTarget: ScalingTarget {
  private let coordinator: any CoordinatorService
  /// Always true.
  package var isHere: Bool { true }

  /// A target for a coordinator.
  package init(_ coordinator: any CoordinatorService) { self.coordinator = coordinator }

  /// Hands in a document.
  package func submit(_ submission: DocumentSubmission, bytes: [UInt8]) async throws -> DocumentStatus {
    try await coordinator.submit(submission, bytes: bytes)
  }

  /// Waits for a document to be encoded.
  package func summary(_ id: String) async throws -> EncodeSummary {
    try await EncodeSummary.last(of: coordinator.events(id))
  }

  /// The chunks of a document on their workers over time.
  package func timeline(_ id: String) async throws -> DocumentTimeline { try await coordinator.timeline(id) }

  /// Forgets a document.
  package func delete(_ id: String) async throws { try await coordinator.delete(id) }

  /// All workers.
  package func workers() async throws -> [WorkerStatus] { try await coordinator.workers() }
}

/// A coordinator elsewhere.
package struct RemoteTarget: ScalingTarget {
  private let client: CoordinatorClient
  /// Always false.
  package var isHere: Bool { false }

  /// A target behind a client.
  package init(_ client: CoordinatorClient) { self.client = client }

  /// Hands in a document.
  package func submit(_ submission: DocumentSubmission, bytes: [UInt8]) async throws -> DocumentStatus {
    try await client.submit(submission, bytes: bytes)
  }

  /// Waits for a document to be encoded.
  package func summary(_ id: String) async throws -> EncodeSummary {
    try await EncodeSummary.last(of: client.events(id))
  }

  /// The chunks of a document on their workers over time.
  package func timeline(_ id: String) async throws -> DocumentTimeline { try await client.timeline(id) }

  /// Forgets a document.
  package func delete(_ id: String) async throws { try await client.delete(id) }

  /// All workers.
  package func workers() async throws -> [WorkerStatus] { try await client.workers() }
}

extension EncodeSummary {
  /// Waits for a document's last event.
  ///
  /// - Parameter events: The document's events.
  /// - Returns: The summary.
  /// - Throws: ``CommandFailure`` with status `failed` when the encoding failed or the events end early.
  package static func last<Events: AsyncSequence>(of events: Events) async throws -> EncodeSummary
  where Events.Element == DocumentEvent {
    for try await event in events {
      switch event {
      case .progress: continue
      case .done(let summary): return summary
      case .failed(let message): throw CommandFailure(.failed, message)
      }
    }
    try Task.checkCancellation()
    throw CommandFailure(.failed, "The encoding ended without a result.")
  }
}
