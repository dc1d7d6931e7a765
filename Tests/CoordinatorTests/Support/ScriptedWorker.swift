internal import Coordinator
internal import KVFormat
internal import NNG
internal import Wire

/// A worker whose every message is a line of a test; it can also do what no worker should.
final class ScriptedWorker: Sendable {
  /// The hub's answer instead of the expected one.
  struct Unexpected: Error, CustomStringConvertible {
    let description: String
  }

  let control: RequestSocket
  let bulk: RequestSocket
  let registered: Registered
  static let frameBytes = 64 << 10

  private init(control: RequestSocket, bulk: RequestSocket, registered: Registered) {
    self.control = control
    self.bulk = bulk
    self.registered = registered
  }

  /// The registration of a worker that fits the test's hub.
  static func registration(name: String = "scripted", lanes: Int = 1) -> RegisterRequest {
    RegisterRequest(
      identities: [TestHub.identity],
      lanes: lanes,
      compute: .bf16,
      incarnation: UInt64.random(in: 1...UInt64.max),
      name: name,
      maxFrameBytes: frameBytes
    )
  }

  /// Dials a hub and registers.
  ///
  /// - Parameters:
  ///   - hub: The hub.
  ///   - registration: The worker's registration.
  ///   - bulkAddress: The address that chunks are sent to, nil for the hub's own.
  /// - Returns: The registered worker.
  /// - Throws: ``Unexpected`` when the hub refuses it.
  static func join(
    _ hub: WorkerHub,
    _ registration: RegisterRequest = registration(),
    bulkAddress: String? = nil
  ) async throws -> ScriptedWorker {
    let control = try RequestSocket(dialing: hub.boundAddress)
    let bulk = try RequestSocket(dialing: bulkAddress ?? hub.boundAddress)
    guard case .registered(let registered) = try await exchange(control, .register(registration)) else {
      throw Unexpected(description: "the registration was refused")
    }
    return ScriptedWorker(control: control, bulk: bulk, registered: registered)
  }

  /// Sends one control request over a socket.
  static func exchange(
    _ socket: RequestSocket,
    _ body: WorkerRequest
  ) async throws -> CoordinatorReply {
    try await exchange(socket, bytes: try WireCodec.encode(body))
  }

  /// Sends any bytes as a control request.
  static func exchange(_ socket: RequestSocket, bytes: [UInt8]) async throws -> CoordinatorReply {
    let reply = try await socket.request(try NNGMessage(copying: bytes), timeout: .seconds(30))
    return try reply.withBytes { bytes throws(WireError) in try WireCodec.reply(from: bytes) }
  }

  // MARK: Control

  func ask(_ body: WorkerRequest) async throws -> CoordinatorReply {
    try await Self.exchange(control, body)
  }

  func poll(waiting milliseconds: UInt32 = 10_000) async throws -> LeaseReply {
    let wait = Duration.milliseconds(Int64(milliseconds))
    let reply = try await ask(.lease(LeaseRequest(session: registered.session, wait: wait)))
    guard case .lease(let lease) = reply else {
      throw Unexpected(description: "a poll was answered by \(reply)")
    }
    return lease
  }

  func lease(waiting milliseconds: UInt32 = 10_000) async throws -> LeaseGrant {
    guard case .granted(let grant) = try await poll(waiting: milliseconds) else {
      throw Unexpected(description: "there was no lease")
    }
    return grant
  }

  func heartbeat(_ tokens: [UInt64] = []) async throws -> CoordinatorReply {
    let running = tokens.map { RunningLease(token: $0) }
    return try await ask(.heartbeat(HeartbeatRequest(session: registered.session, running: running)))
  }

  func bye() async throws {
    _ = try await ask(.bye(ByeRequest(session: registered.session)))
    await hangUp()
  }

  /// Hangs up without a word, as a killed process does.
  func hangUp() async {
    await control.closeWhenQuiet(within: .seconds(5))
    await bulk.closeWhenQuiet(within: .seconds(5))
  }

  // MARK: Bulk

  func begin(_ grant: LeaseGrant, total: Int? = nil) async throws -> BulkReply {
    let body = BeginRequest(session: registered.session, frameBytes: Self.frameBytes)
    return try await send(grant, .begin, body: try WireCodec.encode(body), total: total)
  }

  /// Sends the frame at an offset; a damaged one does not match its checksum.
  func frame(
    _ grant: LeaseGrant,
    _ kv: [UInt8],
    at offset: Int,
    total: Int? = nil,
    isDamaged: Bool = false
  ) async throws -> BulkReply {
    let payload = Array(kv[offset..<min(offset + Self.frameBytes, kv.count)])
    return try await send(grant, .frame, body: payload, offset: offset, total: total, isDamaged: isDamaged)
  }

  func end(
    _ grant: LeaseGrant,
    _ kv: [UInt8],
    total: Int? = nil,
    trailingSeconds: Double = 0.125
  ) async throws -> BulkReply {
    var digest = FrameDigest()
    for offset in stride(from: 0, to: kv.count, by: Self.frameBytes) {
      let payload = Array(kv[offset..<min(offset + Self.frameBytes, kv.count)])
      digest.add(
        offset: UInt64(offset),
        length: UInt32(payload.count),
        checksum: payload.withUnsafeBytes { Checksum.crc32c($0) }
      )
    }
    let body = EndRequest(
      frameDigest: digest.value,
      computeSeconds: 0.25,
      wireSeconds: trailingSeconds,
      sinkDigest: 99
    )
    return try await send(grant, .end, body: try WireCodec.encode(body), total: total)
  }

  /// Sends the whole chunk in order.
  func deliver(_ grant: LeaseGrant) async throws -> BulkReply {
    let kv =
      TestHub.kv(of: grant.chunkTokens)
      + TestHub.summary(of: grant.chunkTokens, byteCount: grant.summaryByteCount)
    guard case .granted = try await begin(grant) else {
      throw Unexpected(description: "begin was not granted")
    }
    for offset in stride(from: 0, to: kv.count, by: Self.frameBytes) {
      guard case .accepted = try await frame(grant, kv, at: offset) else {
        throw Unexpected(description: "a frame was not accepted")
      }
    }
    return try await end(grant, kv)
  }

  /// Sends bytes in order that are not the plain ones.
  func deliver(_ grant: LeaseGrant, coded: [UInt8]) async throws -> BulkReply {
    guard case .granted = try await begin(grant, total: coded.count) else {
      throw Unexpected(description: "begin was not granted")
    }
    for offset in stride(from: 0, to: coded.count, by: Self.frameBytes) {
      guard case .accepted = try await frame(grant, coded, at: offset, total: coded.count) else {
        throw Unexpected(description: "a frame was not accepted")
      }
    }
    return try await end(grant, coded, total: coded.count)
  }

  /// Takes and delivers chunks until the hub has had no more for some time.
  func work(until idle: UInt32 = 300) async throws {
    while case .granted(let grant) = try await poll(waiting: idle) { _ = try await deliver(grant) }
  }

  func send(
    _ grant: LeaseGrant,
    _ kind: FrameKind,
    body: [UInt8],
    offset: Int = 0,
    total: Int? = nil,
    isDamaged: Bool = false
  ) async throws -> BulkReply {
    let header = FrameHeader(
      kind: kind,
      job: grant.job,
      chunk: UInt32(clamping: grant.chunkIndex),
      token: grant.token,
      offset: UInt64(offset),
      total: UInt64(total ?? grant.kvByteCount + grant.summaryByteCount),
      length: UInt32(body.count),
      checksum: body.withUnsafeBytes { Checksum.crc32c($0) }
    )
    var message = try NNGMessage(byteCount: FrameHeader.byteCount + body.count)
    message.withMutableBytes { bytes in
      header.write(to: bytes)
      UnsafeMutableRawBufferPointer(rebasing: bytes[FrameHeader.byteCount...]).copyBytes(from: body)
      if isDamaged { bytes[bytes.count - 1] ^= 0x10 }
    }
    let reply = try await bulk.request(message, timeout: .seconds(30))
    return try reply.withBytes { bytes throws(WireError) in try WireCodec.bulkReply(from: bytes) }
  }
}
