internal import KVFormat

extension ModelIdentity {
  init(_ proto: ProtoModelIdentity) throws(WireError) {
    self.init(
      modelSHA256: proto.modelSha256,
      tokenizerSHA256: proto.tokenizerSha256,
      rope: try RopeSettings(proto.rope),
      kvType: try KVType(proto.kvType, "KV type"),
      shape: try KVShape(proto.shape)
    )
    // Every chunk has at least one token.
    guard let bytes = shape.byteCount(tokens: 1, type: kvType), bytes <= WireProtocol.maximumChunkBytes else {
      throw .outOfRange(
        field: "bytes of a token's KV cache",
        value: shape.byteCount(tokens: 1, type: kvType).map { UInt64($0) } ?? .max,
        limit: UInt64(WireProtocol.maximumChunkBytes)
      )
    }
  }
}

extension RopeSettings {
  init(_ proto: ProtoRopeSettings) throws(WireError) {
    guard proto.theta.isFinite else { throw .notFinite(field: "RoPE theta") }
    self.init(
      theta: proto.theta,
      dimensions: Int(proto.dimensions),
      kind: proto.kind,
      scalingHash: proto.scalingHash
    )
  }
}

extension KVShape {
  init(_ proto: ProtoKVShape) throws(WireError) {
    self.init(
      layers: Int(proto.layers),
      kvHeads: Int(proto.kvHeads),
      headDimension: Int(proto.headDimension),
      keptTokens: proto.keptTokens.map { Int($0) }
    )
    guard keptTokens.isEmpty || keptTokens.count == layers else {
      throw .outOfRange(
        field: "count of layers with kept tokens",
        value: UInt64(keptTokens.count),
        limit: UInt64(clamping: layers)
      )
    }
    for (field, number) in [
      ("layer count", layers), ("KV head count", kvHeads), ("head dimension", headDimension),
    ] where number == 0 { throw .missing(field: field) }
  }
}

extension ProtoModelIdentity {
  init(_ identity: ModelIdentity) throws(WireError) {
    self.init()
    modelSha256 = identity.modelSHA256
    tokenizerSha256 = identity.tokenizerSHA256
    rope = try ProtoRopeSettings(identity.rope)
    kvType = identity.kvType.proto
    shape = try ProtoKVShape(identity.shape)
  }
}

extension ProtoRopeSettings {
  init(_ rope: RopeSettings) throws(WireError) {
    self.init()
    theta = rope.theta
    dimensions = try UInt32(sending: rope.dimensions, "count of rotated dimensions")
    kind = rope.kind
    scalingHash = rope.scalingHash
  }
}

extension ProtoKVShape {
  init(_ shape: KVShape) throws(WireError) {
    self.init()
    layers = try UInt32(sending: shape.layers, "layer count")
    kvHeads = try UInt32(sending: shape.kvHeads, "KV head count")
    headDimension = try UInt32(sending: shape.headDimension, "head dimension")
    for tokens in shape.keptTokens { keptTokens.append(try UInt32(sending: tokens, "kept tokens")) }
  }
}
