internal import TestSupport
internal import Testing
internal import Wire

/// Replies that no coordinator of this program sends are refused while they are read, and the field is named.
struct HostileReplyTests {
  /// The reason why a lease cannot be worked on; its token is known all the same.
  private static func reason(_ grant: ProtoBytes) -> String? {
    let bytes = Written.control(4, ProtoBytes().message(1, grant))
    let error = wireError { () throws(WireError) in try reply(bytes) }
    guard let error else { return nil }
    guard error.code == .unusableLease, error.leaseToken == 9, let reason = error.cause as? WireError,
      error.message == "a lease cannot be worked on: \(reason.message)"
    else { return "another error: \(error)" }
    return reason.message
  }

  @Test func whatIsGoodIsRead() {
    #expect(Self.reason(Written.grant()) == nil)
  }

  @Test(arguments: [7, UInt64(Int32.max), UInt64(bitPattern: -1)])
  func numbersThatNobodyKnowsAreRefused(number: UInt64) {
    let codec = WireError.unknown(field: "KV codec", number: Int(Int32(truncatingIfNeeded: number)))
    #expect(Self.reason(Written.grant(codec: number)) == codec.message)
    let summary = WireError.unknown(
      field: "content of a summary",
      number: Int(Int32(truncatingIfNeeded: number))
    )
    #expect(Self.reason(Written.grant(summary: number)) == summary.message)
  }

  @Test func aModelHasABoundedPlace() {
    #expect(Self.reason(Written.grant(model: 63)) == nil)
    for model: UInt64 in [64, 1 << 31, UInt64(UInt32.max)] {
      #expect(Self.reason(Written.grant(model: model)) == "model of a lease is \(model), the limit is 63")
    }
  }

  @Test func tokensMustBeSomeAndNotTooMany() {
    #expect(Self.reason(Written.grant(chunkTokens: [])) == "tokens of a chunk is missing")
    for token in [UInt32.max, 1 << 31] {
      #expect(Self.reason(Written.grant(chunkTokens: [1, token])) == "token of a lease is negative")
      #expect(Self.reason(Written.grant().list(7, [token])) == "token of a lease is negative")
      #expect(Self.reason(Written.grant().list(11, [token])) == "token of a lease is negative")
    }
    let most = [UInt32](repeating: 0, count: 999_997)
    #expect(Self.reason(Written.grant(chunkTokens: most)) == nil)
    #expect(
      Self.reason(Written.grant(chunkTokens: most + [0]))
        == "tokens of a lease is 1000001, the limit is 1000000"
    )
  }

  @Test func positionsMustHaveRoomForTheTokens() {
    let limit = UInt64(Int32.max) - 5
    #expect(Self.reason(Written.grant(positionBase: limit)) == nil)
    for base in [limit + 1, UInt64(UInt32.max)] {
      #expect(Self.reason(Written.grant(positionBase: base))?.hasPrefix("position base is \(base)") == true)
    }
  }

  @Test func sizesMustBeThoseOfAChunk() {
    #expect(Self.reason(Written.grant(kvByteCount: 0)) == "bytes of a chunk's KV cache is missing")
    for bytes in [UInt64.max, 1 << 63, (64 << 30) + 1] as [UInt64] {
      let kv = Self.reason(Written.grant(kvByteCount: bytes))
      #expect(kv == "bytes of a chunk's KV cache is \(bytes), the limit is 68719476736")
      let summary = Self.reason(Written.grant(summaryByteCount: bytes))
      #expect(summary == "bytes of a chunk's summary is \(bytes), the limit is 68719476736")
    }
    // Together they are no more than a chunk may have.
    let rest: UInt64 = (64 << 30) - (1 << 33)
    #expect(Self.reason(Written.grant(summaryByteCount: rest)) == nil)
    #expect(
      Self.reason(Written.grant(summaryByteCount: rest + 1))
        == "bytes of a chunk's summary is \(rest + 1), the limit is \(rest)"
    )
  }

  @Test func aSummaryHasBytesAndNoneHasNone() {
    #expect(Self.reason(Written.grant(summaryByteCount: 0, summary: 0)) == nil)
    for content in [UInt64(1), 2] {
      #expect(Self.reason(Written.grant(summaryByteCount: 1, summary: content)) == nil)
      #expect(
        Self.reason(Written.grant(summaryByteCount: 0, summary: content))?.contains("cannot have 0 bytes")
          == true
      )
    }
    #expect(Self.reason(Written.grant(summary: 0))?.contains("none cannot have 640 bytes") == true)
  }

  @Test(arguments: [65_536, UInt64(UInt32.max)])
  func aPortThatDoesNotExistIsRefused(port: UInt64) {
    let error = wireError { () throws(WireError) in
      try reply(Written.control(2, ProtoBytes().fixed(1, 1).number(4, port)))
    }
    #expect(error == .outOfRange(field: "port for chunks", value: port, limit: 65_535))
  }

  @Test func anAnswerOfNothingIsRefused() {
    #expect(throws: WireError.missing(field: "answer to the question for a chunk")) {
      try reply(Written.control(4, ProtoBytes()))
    }
    #expect(throws: WireError.self) { try reply(Written.control(99, ProtoBytes())) }
    #expect(throws: WireError.self) { try bulkReply([]) }
    #expect(throws: WireError.self) { try bulkReply(ProtoBytes().number(99, 1).bytes) }
  }

  @Test(arguments: [UInt64.max, 1 << 63, (64 << 30) + 1] as [UInt64])
  func placesOutsideOfAChunkAreRefused(number: UInt64) {
    let body = ProtoBytes().number(1, number)
    for (field, message) in [(1, "bytes that were received"), (5, "offset of a missing frame")] {
      let error = wireError { () throws(WireError) in try bulkReply(ProtoBytes().message(field, body).bytes) }
      #expect(error == .outOfRange(field: message, value: number, limit: 64 << 30))
    }
  }
}
