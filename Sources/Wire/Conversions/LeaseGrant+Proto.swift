internal import KVFormat

extension LeaseGrant {
  /// Takes the lists of tokens over without copying them.
  init(_ proto: ProtoLeaseGrant) throws(WireError) {
    self.init(
      job: UInt128(proto.jobHigh) << 64 | UInt128(proto.jobLow),
      model: try Int(UInt64(proto.model), "model of a lease", limit: WireProtocol.maximumModels - 1),
      chunkIndex: Int(proto.chunkIndex),
      token: proto.token,
      sinkTokens: proto.sinkTokens,
      leadTokens: proto.leadTokens,
      chunkTokens: proto.chunkTokens,
      positionBase: Int(proto.positionBase),
      kvByteCount: try Int(
        proto.kvByteCount,
        "bytes of a chunk's KV cache",
        limit: WireProtocol.maximumChunkBytes
      ),
      codec: try KVCodec(proto.codec, "KV codec"),
      summary: try SummaryContent(proto.summary, "content of a summary"),
      // Not bounded by the KV cache's size: for few tokens the summary is the larger of the two.
      summaryByteCount: try Int(
        proto.summaryByteCount,
        "bytes of a chunk's summary",
        limit: WireProtocol.maximumChunkBytes
      )
    )
    try checkTokens()
    try checkSizes()
  }

  private func checkTokens() throws(WireError) {
    guard !chunkTokens.isEmpty else { throw .missing(field: "tokens of a chunk") }
    let lists = [sinkTokens, leadTokens, chunkTokens]
    let count = lists.reduce(0) { $0 + $1.count }
    guard count <= WireProtocol.maximumTokens else {
      throw .outOfRange(
        field: "tokens of a lease",
        value: UInt64(count),
        limit: UInt64(WireProtocol.maximumTokens)
      )
    }
    for tokens in lists where tokens.contains(where: { $0 < 0 }) {
      throw .negative(field: "token of a lease")
    }
    let limit = Int(Int32.max) - count
    guard positionBase <= limit else {
      throw .outOfRange(field: "position base", value: UInt64(positionBase), limit: UInt64(limit))
    }
  }

  private func checkSizes() throws(WireError) {
    guard kvByteCount > 0 else { throw .missing(field: "bytes of a chunk's KV cache") }
    guard (summary == .none) == (summaryByteCount == 0) else {
      throw .malformed(
        what: "lease",
        reason: "a summary of content \(summary.rawValue) cannot have \(summaryByteCount) bytes"
      )
    }
    let limit = WireProtocol.maximumChunkBytes - kvByteCount
    guard summaryByteCount <= limit else {
      throw .outOfRange(
        field: "bytes of a chunk's summary",
        value: UInt64(summaryByteCount),
        limit: UInt64(limit)
      )
    }
  }
}

extension ProtoLeaseGrant {
  init(_ grant: LeaseGrant) throws(WireError) {
    self.init()
    jobHigh = UInt64(truncatingIfNeeded: grant.job >> 64)
    jobLow = UInt64(truncatingIfNeeded: grant.job)
    model = try UInt32(sending: grant.model, "model of a lease")
    chunkIndex = try UInt32(sending: grant.chunkIndex, "chunk index")
    token = grant.token
    sinkTokens = grant.sinkTokens
    leadTokens = grant.leadTokens
    chunkTokens = grant.chunkTokens
    positionBase = try UInt32(sending: grant.positionBase, "position base")
    kvByteCount = try UInt64(sending: grant.kvByteCount, "bytes of a chunk's KV cache")
    codec = grant.codec.proto
    summary = grant.summary.proto
    summaryByteCount = try UInt64(sending: grant.summaryByteCount, "bytes of a chunk's summary")
  }
}
