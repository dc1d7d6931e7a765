internal import KVFormat
internal import TestSupport
internal import Testing
internal import Wire

/// Requests that no worker of this program sends are refused while they are read, and the field is named.
struct HostileRequestTests {
  private static func error(_ registration: ProtoBytes) -> WireError? {
    wireError { () throws(WireError) in try request(Written.control(2, registration)) }
  }

  private static func error(identity: ProtoBytes) -> WireError? {
    error(Written.registration(identity: identity))
  }

  @Test func whatIsGoodIsRead() {
    #expect(Self.error(Written.registration()) == nil)
  }

  @Test(arguments: [4, 77, UInt64(Int32.max), .max])
  func numbersThatNobodyKnowsAreRefused(number: UInt64) {
    let known = Int(Int32(truncatingIfNeeded: number))
    #expect(
      Self.error(identity: Written.identity(kvType: number)) == .unknown(field: "KV type", number: known)
    )
    #expect(
      Self.error(Written.registration(compute: number)) == .unknown(field: "precision", number: known)
    )
  }

  @Test func whatMustBeSaidIsMissed() {
    #expect(Self.error(ProtoBytes()) == .missing(field: "model of a worker"))
    #expect(Self.error(identity: ProtoBytes()) == .missing(field: "KV type"))
    #expect(Self.error(identity: Written.identity(kvType: 0)) == .missing(field: "KV type"))
    #expect(Self.error(Written.registration(compute: 0)) == .missing(field: "precision"))
  }

  @Test(arguments: [2, 64, 65])
  func aWorkerHasABoundedNumberOfModels(count: Int) {
    var registration = Written.registration()
    for _ in 1..<count { registration = registration.message(1, Written.identity()) }
    let expected: WireError? =
      count > 64 ? .outOfRange(field: "number of a worker's models", value: 65, limit: 64) : nil
    #expect(Self.error(registration) == expected)
  }

  @Test func eachOfSeveralModelsIsChecked() {
    let registration = Written.registration().message(1, Written.identity(kvType: 0))
    #expect(Self.error(registration) == .missing(field: "KV type"))
  }

  @Test func aCodecThatNobodyKnowsIsNotTaken() throws {
    let offers = ProtoBytes.packed([7, 1, UInt64(bitPattern: -1), 1])
    let bytes = Written.control(2, Written.registration().message(9, offers))
    guard case .register(let registration) = try request(bytes) else {
      Issue.record("no registration")
      return
    }
    #expect(registration.codecs == [.bf16, .int8])
  }

  @Test(arguments: [
    ("layer count", 1), ("KV head count", 2), ("head dimension", 3),
  ])
  func aShapeOfNothingIsRefused(field: String, number: Int) {
    var shape = ProtoBytes()
    for part in 1...3 { shape = shape.number(part, part == number ? 0 : 8) }
    #expect(Self.error(identity: Written.identity(shape: shape)) == .missing(field: field))
  }

  @Test(arguments: [UInt64(UInt32.max), 1 << 31, 1 << 20])
  func aShapeOfAbsurdSizesIsRefused(number: UInt64) {
    let shape = ProtoBytes().number(1, number).number(2, number).number(3, number)
    let error = Self.error(identity: Written.identity(shape: shape))
    #expect(error?.code == .outOfRange)
    #expect(
      error?.message.hasPrefix("bytes of a token's KV cache is ") == true,
      "\(String(describing: error))"
    )
    #expect(error?.message.hasSuffix(", the limit is 68719476736") == true, "\(String(describing: error))")
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func aThetaThatIsNoNumberIsRefused(theta: Double) {
    let rope = ProtoBytes().real(1, theta).number(2, 64)
    #expect(Self.error(identity: Written.identity(rope: rope)) == .notFinite(field: "RoPE theta"))
  }

  @Test(arguments: [UInt64.max, 1 << 63, (64 << 30) + 1] as [UInt64])
  func bytesThatCannotBeReadyAreRefused(bytes: UInt64) {
    let running = ProtoBytes().fixed(1, 9).number(2, bytes)
    let heartbeat = ProtoBytes().fixed(1, 7).message(2, running)
    let error = wireError { () throws(WireError) in try request(Written.control(4, heartbeat)) }
    #expect(error == .outOfRange(field: "bytes that are ready", value: bytes, limit: 64 << 30))
  }

  @Test(
    arguments: [
      (-1.0, "negative"), (-.leastNonzeroMagnitude, "negative"), (.nan, "no finite"),
      (.infinity, "no finite"), (-.infinity, "no finite"), (1e9 + 1, "1000000001"),
      (.greatestFiniteMagnitude, "the limit is 1000000000"),
    ] as [(Double, String)]
  )
  func aTimeThatCannotBeIsRefused(seconds: Double, complaint: String) {
    for (number, field) in [(2, "seconds of computation"), (3, "seconds of sending")] {
      let error = wireError { () throws(WireError) in try end(ProtoBytes().real(number, seconds).bytes) }
      #expect(error?.message.hasPrefix(field) == true)
      #expect(error?.message.contains(complaint) == true)
    }
  }

  @Test(arguments: [0, -0.0, .leastNonzeroMagnitude, 1.5, 1e9] as [Double])
  func aTimeThatCanBeIsRead(seconds: Double) throws {
    #expect(try end(ProtoBytes().real(2, seconds).real(3, seconds).bytes).computeSeconds == seconds)
  }

  @Test func numbersOfThisSideMustHaveRoom() {
    var registration = Examples.registration
    registration.lanes = -1
    #expect(throws: WireError.negative(field: "lane count")) {
      try WireCodec.encode(.register(registration))
    }
    registration.lanes = 1 << 32
    #expect(throws: WireError.outOfRange(field: "lane count", value: 1 << 32, limit: UInt64(UInt32.max))) {
      try WireCodec.encode(.register(registration))
    }
    #expect(throws: WireError.negative(field: "bytes of a frame")) {
      try WireCodec.encode(BeginRequest(session: 1, frameBytes: .min))
    }
  }

  @Test(
    arguments: [(Duration.zero, 0), (.seconds(-1), 0), (.seconds(1 << 40), Int64(UInt32.max))]
      as [(Duration, Int64)]
  )
  func timesAreSentAsFarAsThereIsRoom(wait: Duration, milliseconds: Int64) throws {
    let bytes = try WireCodec.encode(.lease(LeaseRequest(session: 1, wait: wait)))
    #expect(try request(bytes) == .lease(LeaseRequest(session: 1, wait: .milliseconds(milliseconds))))
  }
}
