internal import KVFormat

extension WorkerRequest {
  init(_ proto: ProtoControlRequest.OneOf_Body) throws(WireError) {
    switch proto {
    case .register(let body): self = .register(try RegisterRequest(body))
    case .lease(let body):
      self = .lease(LeaseRequest(session: body.session, wait: .milliseconds(Int64(body.waitMs))))
    case .heartbeat(let body): self = .heartbeat(try HeartbeatRequest(body))
    case .fail(let body):
      self = .fail(FailRequest(session: body.session, token: body.token, reason: body.reason))
    case .bye(let body): self = .bye(ByeRequest(session: body.session))
    }
  }
}

extension RegisterRequest {
  init(_ proto: ProtoRegisterRequest) throws(WireError) {
    guard !proto.identities.isEmpty else { throw .missing(field: "model of a worker") }
    try Self.check(modelCount: proto.identities.count)
    self.init(
      identities: try proto.identities.map { identity throws(WireError) in try ModelIdentity(identity) },
      lanes: Int(proto.lanes),
      compute: try Precision(proto.compute, "precision"),
      workerToken: proto.workerToken,
      incarnation: proto.incarnation,
      name: proto.name,
      maxFrameBytes: Int(proto.maxFrameBytes),
      codecs: KVCodec.allCases.filter { proto.codecs.contains($0.proto) },
      isReplay: proto.replayed
    )
  }
}

extension RegisterRequest {
  fileprivate static func check(modelCount: Int) throws(WireError) {
    guard modelCount <= WireProtocol.maximumModels else {
      throw .outOfRange(
        field: "number of a worker's models",
        value: UInt64(clamping: modelCount),
        limit: UInt64(WireProtocol.maximumModels)
      )
    }
  }
}

extension HeartbeatRequest {
  init(_ proto: ProtoHeartbeatRequest) throws(WireError) {
    self.init(
      session: proto.session,
      running: try proto.running.map { lease throws(WireError) in
        RunningLease(
          token: lease.token,
          bytesReady: try Int(
            lease.bytesReady,
            "bytes that are ready",
            limit: WireProtocol.maximumChunkBytes
          )
        )
      },
      draining: proto.draining
    )
  }
}

extension ProtoControlRequest.OneOf_Body {
  init(_ request: WorkerRequest) throws(WireError) {
    switch request {
    case .register(let body): self = .register(try ProtoRegisterRequest(body))
    case .lease(let body):
      var proto = ProtoLeaseRequest()
      proto.session = body.session
      proto.waitMs = body.wait.wireMilliseconds
      self = .lease(proto)
    case .heartbeat(let body): self = .heartbeat(try ProtoHeartbeatRequest(body))
    case .fail(let body):
      var proto = ProtoFailRequest()
      proto.session = body.session
      proto.token = body.token
      proto.reason = body.reason
      self = .fail(proto)
    case .bye(let body):
      var proto = ProtoByeRequest()
      proto.session = body.session
      self = .bye(proto)
    }
  }
}

extension ProtoRegisterRequest {
  init(_ request: RegisterRequest) throws(WireError) {
    self.init()
    try RegisterRequest.check(modelCount: request.identities.count)
    identities = try request.identities.map { identity throws(WireError) in try ProtoModelIdentity(identity) }
    lanes = try UInt32(sending: request.lanes, "lane count")
    compute = request.compute.proto
    workerToken = request.workerToken
    incarnation = request.incarnation
    name = request.name
    maxFrameBytes = try UInt32(sending: request.maxFrameBytes, "bytes of a frame")
    codecs = request.codecs.map(\.proto)
    replayed = request.isReplay
  }
}

extension ProtoHeartbeatRequest {
  init(_ request: HeartbeatRequest) throws(WireError) {
    self.init()
    session = request.session
    running = try request.running.map { lease throws(WireError) in
      var proto = ProtoRunningLease()
      proto.token = lease.token
      proto.bytesReady = try UInt64(sending: lease.bytesReady, "bytes that are ready")
      return proto
    }
    draining = request.draining
  }
}
