extension CoordinatorReply {
  init(_ proto: ProtoControlReply.OneOf_Body) throws(WireError) {
    switch proto {
    case .registered(let body): self = .registered(try Registered(body))
    case .refused(let body): self = .refused(Refusal(body))
    case .lease(let body): self = .lease(try LeaseReply(body))
    case .directives(let body): self = .directives(Directives(cancelled: body.cancelled, drain: body.drain))
    case .bye: self = .bye
    case .reregister: self = .reregister
    }
  }
}

extension Registered {
  init(_ proto: ProtoRegistered) throws(WireError) {
    self.init(
      session: proto.session,
      heartbeatPeriod: .milliseconds(Int64(proto.heartbeatMs)),
      maxFrameBytes: Int(proto.maxFrameBytes),
      bulkPort: UInt16(try Int(UInt64(proto.bulkPort), "port for chunks", limit: Int(UInt16.max)))
    )
  }
}

extension Refusal {
  /// Reads what it can: a peer of another version may send other codes.
  init(_ proto: ProtoRefusal) {
    self.init(Code.allCases.first { $0.proto == proto.code }, proto.message)
  }
}

extension LeaseReply {
  init(_ proto: ProtoLeaseReply) throws(WireError) {
    switch proto.body {
    case .lease(let grant):
      do throws(WireError) {
        self = .granted(try LeaseGrant(grant))
      } catch {
        throw .unusableLease(token: grant.token, error)
      }
    case .none?: self = .nothing
    case .drain: self = .drain
    case nil: throw .missing(field: "answer to the question for a chunk")
    }
  }
}

extension ProtoControlReply.OneOf_Body {
  init(_ reply: CoordinatorReply) throws(WireError) {
    switch reply {
    case .registered(let body):
      var proto = ProtoRegistered()
      proto.session = body.session
      proto.heartbeatMs = body.heartbeatPeriod.wireMilliseconds
      proto.maxFrameBytes = try UInt32(sending: body.maxFrameBytes, "bytes of a frame")
      proto.bulkPort = UInt32(body.bulkPort)
      self = .registered(proto)
    case .refused(let body):
      var proto = ProtoRefusal()
      proto.code = body.code?.proto ?? .unspecified
      proto.message = body.message
      self = .refused(proto)
    case .lease(let body):
      var proto = ProtoLeaseReply()
      proto.body =
        switch body {
        case .granted(let grant): .lease(try ProtoLeaseGrant(grant))
        case .nothing: ProtoLeaseReply.OneOf_Body.none(true)
        case .drain: .drain(true)
        }
      self = .lease(proto)
    case .directives(let body):
      var proto = ProtoDirectives()
      proto.cancelled = body.cancelled
      proto.drain = body.drain
      self = .directives(proto)
    case .bye: self = .bye(ProtoByeReply())
    case .reregister: self = .reregister(ProtoReregister())
    }
  }
}
