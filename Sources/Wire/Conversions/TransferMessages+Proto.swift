extension BeginRequest {
  init(_ proto: ProtoBeginRequest) {
    self.init(session: proto.session, frameBytes: Int(proto.frameBytes))
  }
}

extension EndRequest {
  init(_ proto: ProtoEndRequest) throws(WireError) {
    self.init(
      frameDigest: proto.frameDigest,
      computeSeconds: try Double(seconds: proto.computeSeconds, "seconds of computation"),
      wireSeconds: try Double(seconds: proto.wireSeconds, "seconds of sending"),
      sinkDigest: proto.sinkDigest
    )
  }
}

extension BulkReply {
  init(_ proto: ProtoBulkReply.OneOf_Body) throws(WireError) {
    let limit = WireProtocol.maximumChunkBytes
    switch proto {
    case .granted(let body):
      self = .granted(receivedBytes: try Int(body.receivedBytes, "bytes that were received", limit: limit))
    case .deferred(let body): self = .deferred(.milliseconds(Int64(body.retryMs)))
    case .accepted: self = .accepted
    case .corrupt: self = .corrupt
    case .incomplete(let body):
      self = .incomplete(
        missingOffset: try Int(body.missingOffset, "offset of a missing frame", limit: limit)
      )
    case .committed: self = .committed
    case .superseded: self = .superseded
    case .refused(let reason): self = .refused(reason)
    case .reregister: self = .reregister
    }
  }
}

extension ProtoBeginRequest {
  init(_ request: BeginRequest) throws(WireError) {
    self.init()
    session = request.session
    frameBytes = try UInt32(sending: request.frameBytes, "bytes of a frame")
  }
}

extension ProtoEndRequest {
  init(_ request: EndRequest) {
    self.init()
    frameDigest = request.frameDigest
    computeSeconds = request.computeSeconds
    wireSeconds = request.wireSeconds
    sinkDigest = request.sinkDigest
  }
}

extension ProtoBulkReply.OneOf_Body {
  init(_ reply: BulkReply) throws(WireError) {
    switch reply {
    case .granted(let receivedBytes):
      var proto = ProtoBulkGranted()
      proto.receivedBytes = try UInt64(sending: receivedBytes, "bytes that were received")
      self = .granted(proto)
    case .deferred(let delay):
      var proto = ProtoBulkDeferred()
      proto.retryMs = delay.wireMilliseconds
      self = .deferred(proto)
    case .accepted: self = .accepted(ProtoBulkAccepted())
    case .corrupt: self = .corrupt(ProtoBulkCorrupt())
    case .incomplete(let offset):
      var proto = ProtoBulkIncomplete()
      proto.missingOffset = try UInt64(sending: offset, "offset of a missing frame")
      self = .incomplete(proto)
    case .committed: self = .committed(true)
    case .superseded: self = .superseded(true)
    case .refused(let reason): self = .refused(WireCodec.shortened(reason))
    case .reregister: self = .reregister(true)
    }
  }
}
