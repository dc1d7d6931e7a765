package import APITypes
package import Cluster

/// The progress of one document from its submission to its merged context: status, totals and timeline, which
/// change together. It is a value without a clock.
package struct DocumentProgress: Sendable {
  /// An event in the encoding of a document.
  package enum Event: Sendable {
    /// A worker has taken a chunk.
    case leased
    /// A lease has failed; its chunk is encoded again.
    case retried
    /// A chunk is committed, with its length, the tokens before it that were computed and not kept, and the
    /// bytes that it takes in memory.
    case committed(chunk: Int, tokens: Int, leadTokens: Int, bytes: Int, report: ChunkReport)
    /// Every chunk is committed, with the number of leases that were copies.
    case encoded(copies: Int)
    /// The chunks are merged, with the seconds that it took and the lanes of each worker, by its id.
    case merged(seconds: Double, lanes: [String: Int])
    /// The document has failed, for this reason.
    case failed(String)
  }

  /// The status as clients see it.
  package private(set) var status: DocumentStatus
  private var tally: EncodeTally
  private var timelineTally = TimelineTally()

  /// Makes the progress of a document that waits for a worker.
  ///
  /// - Parameters:
  ///   - status: The status of the document.
  ///   - figures: Its sizes.
  ///   - began: The time of its submission, in seconds.
  package init(status: DocumentStatus, figures: DocumentFigures, began: Double) {
    self.status = status
    tally = EncodeTally(document: figures, began: began)
  }

  /// The timeline so far.
  package var timeline: DocumentTimeline { timelineTally.value }

  /// The number of chunks that are still to come; 0 after a failure.
  package var openChunks: Int { status.state == .failed ? 0 : status.chunks - status.chunksDone }

  /// The bytes of keys and values that were received; 0 after a failure.
  package var receivedBytes: Int { status.state == .failed ? 0 : tally.kvBytes }

  /// True when the document is ready or has failed.
  package var isOver: Bool { status.state == .ready || status.state == .failed }

  /// The first event for the document's readers: nothing is done yet.
  ///
  /// - Parameters:
  ///   - now: The time of the submission, in seconds.
  ///   - workers: The number of connected workers.
  /// - Returns: The event.
  package func beginning(at now: Double, workers: Int) -> DocumentEvent {
    .progress(tally.progress(at: now, workers: workers))
  }

  /// Applies an event; events after the end are ignored.
  ///
  /// - Parameters:
  ///   - event: The event.
  ///   - now: Its time, in seconds on the clock of the submission.
  ///   - workers: The number of connected workers.
  /// - Returns: The event for the document's readers; nil for none.
  package mutating func apply(_ event: Event, at now: Double, workers: Int) -> DocumentEvent? {
    guard !isOver else { return nil }
    switch event {
    case .leased:
      tally.leased(at: now)
      status.state = .encoding
    case .retried:
      tally.retried()
      timelineTally.retried()
    case .committed(let chunk, let tokens, let leadTokens, let bytes, let report):
      tally.committed(tokens: tokens, bytes: bytes, report: report)
      timelineTally.committed(chunk, tokens: tokens, leadTokens: leadTokens, report: report)
      status.chunksDone = tally.chunksDone
      status.tokensDone = tally.tokensDone
    case .encoded(let copies):
      timelineTally.finished(copies: copies)
      return nil
    case .merged(let seconds, let lanes):
      status.state = .ready
      return .done(tally.summary(at: now, mergeSeconds: seconds, lanes: lanes))
    case .failed(let message):
      status.state = .failed
      status.error = message
      return .failed(message: message)
    }
    return .progress(tally.progress(at: now, workers: workers))
  }
}
