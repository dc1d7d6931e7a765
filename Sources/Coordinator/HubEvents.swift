package import Cluster
internal import DequeModule
package import Memory
internal import Synchronization

/// An event of a job.
package enum HubEvent: Sendable {
  /// A worker has taken a chunk.
  case leased(chunk: Int, worker: String, attempt: Int)
  /// Bytes of a chunk have arrived.
  case progress(chunk: Int, receivedBytes: Int, totalBytes: Int)
  /// A chunk is complete and checked. Its block holds the KV cache, and behind it the summary that the job
  /// asked for. It is only read from now on.
  case committed(chunk: Int, kv: AlignedBuffer, report: ChunkReport)
  /// A lease on a chunk has failed; the chunk is worked on again.
  case retried(chunk: Int, reason: String)
  /// Every chunk is committed. The last event.
  case finished(JobSummary)
  /// The job cannot be finished. The last event.
  case failed(HubError)
}

/// The queue of one job's events for one reader.
///
/// The results of the job (a block for each chunk, and its end) are always kept: their number is bounded by
/// that of the chunks. The other events only inform, and are dropped when the reader falls behind.
final class HubEventQueue: Sendable {
  private static let informationLimit = 256

  private struct State {
    var events = Deque<HubEvent>()
    var informational = 0
    var isEnded = false
    var waiter: CheckedContinuation<HubEvent?, Never>?
  }

  private let state = Mutex(State())

  /// Appends an event. Nothing follows `finished` or `failed`.
  func push(_ event: HubEvent) {
    let waiter: CheckedContinuation<HubEvent?, Never>? = state.withLock { state in
      guard !state.isEnded else { return nil }
      if event.isLast { state.isEnded = true }
      if let waiter = state.waiter {
        state.waiter = nil
        return waiter
      }
      guard event.isInformational else {
        state.events.append(event)
        return nil
      }
      // Later progress of the same chunk replaces the earlier, and takes no more of the limit.
      if case .progress(let chunk, _, _) = event, case .progress(let last, _, _)? = state.events.last,
        chunk == last
      {
        state.events[state.events.count - 1] = event
      } else if state.informational < Self.informationLimit {
        state.events.append(event)
        state.informational += 1
      }
      return nil
    }
    waiter?.resume(returning: event)
  }

  /// Ends the stream after its reader has gone.
  func end() {
    let waiter = state.withLock { state in
      state.isEnded = true
      state.events.removeAll()
      let waiter = state.waiter
      state.waiter = nil
      return waiter
    }
    waiter?.resume(returning: nil)
  }

  /// Returns the next event; nil after the last.
  func next() async -> HubEvent? {
    await withCheckedContinuation { continuation in
      let event: HubEvent?? = state.withLock { state in
        if let event = state.events.popFirst() {
          if event.isInformational { state.informational -= 1 }
          return .some(event)
        }
        // A stream has one reader; a second one gets nothing.
        if state.isEnded || state.waiter != nil { return .some(nil) }
        state.waiter = continuation
        return nil
      }
      if let event { continuation.resume(returning: event) }
    }
  }
}

extension HubEvent {
  var isLast: Bool {
    switch self {
    case .finished, .failed: true
    default: false
    }
  }

  var isInformational: Bool {
    switch self {
    case .leased, .progress, .retried: true
    default: false
    }
  }
}
