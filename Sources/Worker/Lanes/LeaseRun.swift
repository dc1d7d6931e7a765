internal import Memory
internal import Synchronization
internal import Wire

/// One lease on its way through a lane and over the bulk socket.
package final class LeaseRun: Sendable {
  let grant: LeaseGrant
  /// The chunk to encode.
  package let assignment: ChunkAssignment
  /// The coding of the KV cache, with the summary as its trailer.
  let coding: KVCoding
  /// The run's own buffer, at least as large as the KV cache and the summary. The bytes that are ready to be
  /// sent are at its front.
  let buffer: AlignedBuffer
  /// The progress of the bytes to be sent.
  package let watermark: Watermark

  init(grant: LeaseGrant, assignment: ChunkAssignment, coding: KVCoding, buffer: AlignedBuffer) {
    self.grant = grant
    self.assignment = assignment
    self.coding = coding
    self.buffer = buffer
    self.watermark = Watermark(total: coding.codedByteCount)
  }

  /// The lease's entry in a heartbeat.
  var report: RunningLease {
    RunningLease(token: grant.token, bytesReady: watermark.progress.ready)
  }
}

extension ChunkAssignment {
  /// Makes the assignment of a lease.
  init(_ grant: LeaseGrant) {
    self.init(
      model: grant.model,
      sinkTokens: grant.sinkTokens,
      leadTokens: grant.leadTokens,
      tokens: grant.chunkTokens,
      positionBase: grant.positionBase,
      kvByteCount: grant.kvByteCount,
      summary: grant.summary,
      summaryByteCount: grant.summaryByteCount
    )
  }
}

/// The leases that a worker holds at the moment.
final class RunningLeases: Sendable {
  private let runs = Mutex<[UInt64: LeaseRun]>([:])

  func insert(_ run: LeaseRun) {
    runs.withLock { $0[run.grant.token] = run }
  }

  func remove(_ run: LeaseRun) {
    runs.withLock { _ = $0.removeValue(forKey: run.grant.token) }
  }

  /// The leases' entries in a heartbeat.
  var reports: [RunningLease] {
    runs.withLock { Array($0.values) }.map(\.report)
  }

  /// Cancels these leases, whose results are not wanted.
  func cancel(_ tokens: [UInt64]) {
    let ended = runs.withLock { runs in tokens.compactMap { runs[$0] } }
    for run in ended { run.watermark.cancel() }
  }

  /// Cancels all leases.
  func cancelAll() {
    for run in runs.withLock({ Array($0.values) }) { run.watermark.cancel() }
  }
}
