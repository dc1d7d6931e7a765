extension LeaseGrant {
  /// The job's identifier.
  public var job: UInt128 {
    get { UInt128(jobHigh) << 64 | UInt128(jobLow) }
    set {
      jobHigh = UInt64(truncatingIfNeeded: newValue >> 64)
      jobLow = UInt64(truncatingIfNeeded: newValue)
    }
  }

  /// Checks the sizes of a lease that came over the network.
  ///
  /// - Parameters:
  ///   - shape: The sizes of the model's KV cache, as in the worker's identity.
  ///   - elementBytes: The size of an element of the KV cache.
  /// - Returns: How the KV cache is to be coded, with the summary as its trailer.
  /// - Throws: ``WireError/outOfRange(field:value:limit:)`` for the first number that is wrong,
  ///   ``WireError/malformed(what:reason:)`` for a codec that is not known or does not suit the KV cache, and
  ///   for a summary that is not known, has no bytes, or has some and is none.
  @discardableResult
  public func check(shape: KVShape, elementBytes: Int) throws(WireError) -> KVCoding {
    let tokens = sinkTokens.count + leadTokens.count + chunkTokens.count
    guard !chunkTokens.isEmpty, tokens <= WireProtocol.maximumTokens else {
      throw .outOfRange(
        field: "tokens of a lease",
        value: UInt64(tokens),
        limit: UInt64(WireProtocol.maximumTokens)
      )
    }
    for token in sinkTokens + leadTokens + chunkTokens where token > UInt32(Int32.max) {
      throw .outOfRange(field: "token", value: UInt64(token), limit: UInt64(Int32.max))
    }
    guard positionBase <= UInt32(Int32.max) - UInt32(tokens) else {
      throw .outOfRange(field: "position base", value: UInt64(positionBase), limit: UInt64(Int32.max))
    }
    let expected = shape.byteCount(tokens: chunkTokens.count, elementBytes: elementBytes) ?? 0
    guard expected > 0, kvByteCount == UInt64(expected), expected <= WireProtocol.maximumChunkBytes else {
      throw .outOfRange(field: "bytes of a chunk's KV cache", value: kvByteCount, limit: UInt64(expected))
    }
    let summaryBytes = try checkedSummaryBytes(besides: expected)
    let coding = KVCoding(
      codec,
      shape: shape,
      tokens: chunkTokens.count,
      elementBytes: elementBytes,
      trailerByteCount: summaryBytes
    )
    guard let coding else {
      throw .malformed(what: "lease", reason: "the codec \(codec.label) is not one of this KV cache's")
    }
    return coding
  }

  private func checkedSummaryBytes(besides kvBytes: Int) throws(WireError) -> Int {
    if case .UNRECOGNIZED(let number) = summary {
      throw .malformed(what: "lease", reason: "this side knows no summary \(number)")
    }
    guard (summary == .none) == (summaryByteCount == 0) else {
      throw .malformed(
        what: "lease",
        reason: "a summary of content \(summary.label) cannot have \(summaryByteCount) bytes"
      )
    }
    // No bound by the KV cache's own size: a summary of few tokens is the larger of the two.
    let limit = WireProtocol.maximumChunkBytes - kvBytes
    guard summaryByteCount <= UInt64(limit) else {
      throw .outOfRange(field: "bytes of a chunk's summary", value: summaryByteCount, limit: UInt64(limit))
    }
    return Int(summaryByteCount)
  }
}

extension SummaryContent {
  /// The content's name as users write it.
  public var label: String {
    switch self {
    case .none: "none"
    case .sketch: "sketch"
    case .all: "all"
    case .UNRECOGNIZED(let number): "unknown (\(number))"
    }
  }
}

extension KVShape {
  /// Counts the bytes of a KV cache.
  ///
  /// - Parameters:
  ///   - tokens: The number of tokens.
  ///   - elementBytes: The size of an element.
  /// - Returns: The bytes of keys and values of all layers, or nil when they cannot be counted.
  public func byteCount(tokens: Int, elementBytes: Int) -> Int? {
    var product = 2
    for factor in [Int(layers), Int(kvHeads), Int(headDimension), tokens, elementBytes] {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      guard factor >= 0, !overflow else { return nil }
      product = next
    }
    return product
  }
}

extension KVType {
  /// The size of an element in bytes; nil for a type that this side does not know.
  public var elementBytes: Int? {
    switch self {
    case .bf16: 2
    case .f32: 4
    case .unspecified, .UNRECOGNIZED: nil
    }
  }
}
