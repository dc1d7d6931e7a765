internal import KVFormat
internal import Scheduling

/// The incoming transfers, by byte counts: those that wait for memory, those that have it, and the sum of
/// bytes that are reserved.
struct TransferTable<Request: Sendable>: Sendable {
  /// A request to send a chunk, which waits for memory.
  struct Waiting: Sendable {
    let request: Request
    let codec: KVCodec
    let frameBytes: Int
  }

  /// The phase of a transfer that has bytes reserved.
  enum Phase: Sendable {
    /// Its memory is being allocated. Next: receiving, or abandoned when its lease ends meanwhile.
    case allocating(Request)
    /// Its lease ended while its memory was being allocated. Next: gone, with the end of the allocation.
    case abandoned(Request)
    /// Frames come in. Next: gone, with its commit or the end of its lease.
    case receiving(receivedBytes: Int)
  }

  private struct Transfer: Sendable {
    /// Bytes of memory.
    let byteCount: Int
    let frameBytes: Int
    var phase: Phase
  }

  private var transfers: [LeaseToken: Transfer] = [:]
  /// The codec of each lease's chunk, unless it is the plain one.
  private var codecs: [LeaseToken: KVCodec] = [:]
  private var budget: ByteBudget
  private var admissions: AdmissionQueue<Waiting>

  /// Makes an empty table.
  ///
  /// - Parameters:
  ///   - budgetBytes: The most bytes of memory of all transfers; a single one may be larger.
  ///   - placeKeptFor: The time for which the place of a transfer that was told to ask again is kept.
  init(budgetBytes: Int, placeKeptFor: Duration) {
    budget = ByteBudget(limit: budgetBytes)
    admissions = AdmissionQueue(keptFor: placeKeptFor)
  }

  /// The bytes that are reserved.
  var reservedBytes: Int { budget.used }
  /// The number of transfers that wait for memory.
  var waitingCount: Int { admissions.waiting }
  /// The leases with a transfer that is not abandoned.
  var tokens: [LeaseToken] {
    transfers.compactMap { if case .abandoned = $0.value.phase { nil } else { $0.key } }
  }
  /// The bytes of all transfers, which must be equal to ``reservedBytes``.
  var transferBytes: Int { transfers.values.reduce(0) { $0 + $1.byteCount } }

  /// Returns the codec of a lease's chunk.
  func codec(of token: LeaseToken) -> KVCodec { codecs[token] ?? .bf16 }

  /// Notes the codec of a new lease's chunk.
  mutating func note(_ codec: KVCodec, of token: LeaseToken) {
    if codec != .bf16 { codecs[token] = codec }
  }

  /// Returns the phase of a lease's transfer and the size of its frames; nil before bytes are reserved.
  func transfer(of token: LeaseToken) -> (phase: Phase, frameBytes: Int)? {
    transfers[token].map { ($0.phase, $0.frameBytes) }
  }

  /// Returns the request of a lease that waits for memory.
  func waitingRequest(of token: LeaseToken) -> Request? { admissions.request(of: token)?.request }

  /// Reserves memory for a transfer.
  ///
  /// - Returns: True if it is reserved; if not, another transfer came before it or there is too little.
  mutating func enter(_ token: LeaseToken, byteCount: Int, _ waiting: Waiting) -> Bool {
    guard admissions.enter(token, byteCount: byteCount, budget: &budget) else { return false }
    begin(token, byteCount: byteCount, waiting)
    return true
  }

  /// Makes a transfer wait for memory, in its former place if it has one.
  ///
  /// - Returns: The lease's former request if it was still waiting, for the caller to answer.
  mutating func wait(
    _ token: LeaseToken,
    byteCount: Int,
    _ waiting: Waiting,
    until deadline: Instant
  ) -> Request? {
    admissions.wait(token, byteCount: byteCount, request: waiting, until: deadline)?.request
  }

  /// Reserves memory for waiting transfers, in order, until one does not fit.
  mutating func admit() -> [(token: LeaseToken, byteCount: Int, waiting: Waiting)] {
    let admitted = admissions.admit { budget.reserve($0) }
    for entry in admitted { begin(entry.token, byteCount: entry.byteCount, entry.request) }
    return admitted.map { ($0.token, $0.byteCount, $0.request) }
  }

  /// Removes the requests that have waited long enough; their places are kept for a while.
  mutating func expire(at now: Instant) -> [Request] { admissions.expire(at: now).map(\.request) }

  private mutating func begin(_ token: LeaseToken, byteCount: Int, _ waiting: Waiting) {
    transfers[token] = Transfer(
      byteCount: byteCount,
      frameBytes: waiting.frameBytes,
      phase: .allocating(waiting.request)
    )
  }

  /// Notes that the memory of a transfer is allocated.
  ///
  /// - Returns: Its request, and true if the memory is still wanted; nil if it was not being allocated.
  mutating func allocated(_ token: LeaseToken) -> (request: Request, isWanted: Bool)? {
    switch transfers[token]?.phase {
    case .allocating(let request):
      transfers[token]?.phase = .receiving(receivedBytes: 0)
      return (request, true)
    case .abandoned(let request):
      remove(token)
      return (request, false)
    case .receiving, nil: return nil
    }
  }

  /// Notes that the memory of a transfer could not be allocated; its bytes are no longer reserved.
  ///
  /// - Returns: Its request; nil if the memory was not being allocated.
  mutating func notAllocated(_ token: LeaseToken) -> Request? {
    switch transfers[token]?.phase {
    case .allocating(let request), .abandoned(let request):
      remove(token)
      return request
    case .receiving, nil: return nil
    }
  }

  /// Notes the bytes that have arrived in all.
  mutating func received(_ bytes: Int, of token: LeaseToken) {
    guard case .receiving(let before)? = transfers[token]?.phase else { return }
    transfers[token]?.phase = .receiving(receivedBytes: max(before, bytes))
  }

  /// Ends the transfer of a lease that is over.
  ///
  /// - Returns: True if the memory of its transfer must be freed, and the request that waited for memory.
  mutating func end(_ token: LeaseToken) -> (holdsMemory: Bool, waiting: Request?) {
    codecs[token] = nil
    let waiting = admissions.remove(token)?.request
    switch transfers[token]?.phase {
    case .receiving:
      remove(token)
      return (true, waiting)
    case .allocating(let request):
      transfers[token]?.phase = .abandoned(request)
      return (false, waiting)
    case .abandoned, nil: return (false, waiting)
    }
  }

  /// Removes all requests that wait.
  mutating func removeWaiting() -> [Request] { admissions.removeAll().map(\.request) }

  private mutating func remove(_ token: LeaseToken) {
    guard let transfer = transfers.removeValue(forKey: token) else { return }
    budget.release(transfer.byteCount)
  }
}
