internal import Memory
internal import Synchronization
internal import Wire

/// One lease on its way through a lane and over the bulk socket.
package final class LeaseRun: Sendable {
  let grant: LeaseGrant
  /// The chunk to encode.
  package let assignment: ChunkAssignment
  /// How the KV cache travels, and the summary as its trailer.
  let coding: KVCoding
  /// At least as large as the assignment's KV cache and summary; the run has it to itself. What is ready to
  /// be sent lies at its front.
  let buffer: AlignedBuffer
  /// How many of the bytes that travel are ready.
  package let watermark: Watermark

  init(grant: LeaseGrant, assignment: ChunkAssignment, coding: KVCoding, buffer: AlignedBuffer) {
    self.grant = grant
    self.assignment = assignment
    self.coding = coding
    self.buffer = buffer
    self.watermark = Watermark(total: coding.codedByteCount)
  }

  /// What a heartbeat says about this lease.
  var report: RunningLease {
    RunningLease(token: grant.token, bytesReady: watermark.progress.ready)
  }
}

extension ChunkAssignment {
  /// The chunk of a lease.
  init(_ grant: LeaseGrant) {
    self.init(
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

  /// What a heartbeat says about all of them.
  var reports: [RunningLease] {
    runs.withLock { Array($0.values) }.map(\.report)
  }

  /// The results of these leases are not wanted.
  func cancel(_ tokens: [UInt64]) {
    let ended = runs.withLock { runs in tokens.compactMap { runs[$0] } }
    for run in ended { run.watermark.cancel() }
  }

  /// No result is wanted.
  func cancelAll() {
    for run in runs.withLock({ Array($0.values) }) { run.watermark.cancel() }
  }
}
