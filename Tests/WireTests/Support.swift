internal import KVFormat
internal import SeededRandom
internal import TestSupport
internal import Wire

extension SeededGenerator {
  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
  }
}

/// The WireError that a call throws; nil when it throws none.
func wireError<Result>(_ body: () throws(WireError) -> Result) -> WireError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

/// Messages as correct senders make them.
enum Examples {
  static let identity = ModelIdentity(
    modelSHA256: "aa",
    tokenizerSHA256: "bb",
    rope: RopeSettings(theta: 100_000, dimensions: 64, kind: "interleaved"),
    kvType: .bf16,
    shape: KVShape(layers: 30, kvHeads: 3, headDimension: 64)
  )

  static let registration = RegisterRequest(
    identities: [identity],
    lanes: 2,
    compute: .int8,
    workerToken: "secret",
    incarnation: .max,
    name: "worker",
    maxFrameBytes: 2 << 20,
    codecs: [.bf16, .int8],
    isReplay: true
  )

  static let grant = LeaseGrant(
    job: 0x0123_4567_89AB_CDEF_FEDC_BA98_7654_3210,
    model: 3,
    chunkIndex: 5,
    token: 9,
    sinkTokens: [1, 2],
    leadTokens: [3],
    chunkTokens: [4, 0x0102_0304],
    positionBase: 3,
    kvByteCount: 1 << 33,
    codec: .int8,
    summary: .all,
    summaryByteCount: 640
  )
}

/// The same messages, written by hand.
enum Written {
  static let shape = ProtoBytes().number(1, 30).number(2, 3).number(3, 64)
  static let rope = ProtoBytes().real(1, 100_000).number(2, 64).text(3, "interleaved")

  static func identity(
    rope: ProtoBytes = rope,
    kvType: UInt64 = 1,
    shape: ProtoBytes = shape
  ) -> ProtoBytes {
    ProtoBytes().text(1, "aa").text(2, "bb").message(3, rope).number(4, kvType).message(5, shape)
  }

  static func registration(identity: ProtoBytes = identity(), compute: UInt64 = 3) -> ProtoBytes {
    let codecs = ProtoBytes.packed([0, 1])
    return ProtoBytes().message(1, identity).number(2, 2).number(3, compute).text(4, "secret").fixed(5, .max)
      .text(6, "worker").number(8, 2 << 20).message(9, codecs).number(12, 1)
  }

  static func grant(
    chunkTokens: [UInt32] = [4, 0x0102_0304],
    positionBase: UInt64 = 3,
    kvByteCount: UInt64 = 1 << 33,
    codec: UInt64 = 1,
    summaryByteCount: UInt64 = 640,
    summary: UInt64 = 2,
    model: UInt64 = 3
  ) -> ProtoBytes {
    ProtoBytes().fixed(1, 0x0123_4567_89AB_CDEF).fixed(2, 0xFEDC_BA98_7654_3210).number(3, 5).fixed(5, 9)
      .list(7, [1, 2]).list(8, chunkTokens).number(9, positionBase).number(10, kvByteCount).list(11, [3])
      .number(12, codec).number(13, summaryByteCount).number(14, summary).number(15, model)
  }

  /// A control message: the version, the body's field and its fields.
  static func control(
    version: UInt64 = UInt64(WireProtocol.version),
    _ body: Int,
    _ fields: ProtoBytes
  ) -> [UInt8] {
    ProtoBytes().number(1, version).message(body, fields).bytes
  }
}

/// Lends bytes to a reader, with typed errors, which the library's own function lacks.
private func reading<Message>(
  _ bytes: [UInt8],
  _ read: (UnsafeRawBufferPointer) throws(WireError) -> Message
) throws(WireError) -> Message {
  let result = bytes.withUnsafeBytes { bytes in
    Result { () throws(WireError) in try read(bytes) }
  }
  return try result.get()
}

/// Reads a request.
func request(_ bytes: [UInt8]) throws(WireError) -> WorkerRequest {
  try reading(bytes, WireCodec.request)
}

/// Reads a reply.
func reply(_ bytes: [UInt8]) throws(WireError) -> CoordinatorReply {
  try reading(bytes, WireCodec.reply)
}

/// Reads an answer on the bulk socket.
func bulkReply(_ bytes: [UInt8]) throws(WireError) -> BulkReply {
  try reading(bytes, WireCodec.bulkReply)
}

/// Reads the body of an `end`.
func end(_ bytes: [UInt8]) throws(WireError) -> EndRequest {
  try reading(bytes, WireCodec.end)
}
