internal import KVFormat
internal import Testing
internal import Wire

@Suite("Leases beside a model")
struct LeaseGrantTests {
  private static let shape = KVShape(layers: 30, kvHeads: 3, headDimension: 64)
  private static let kvBytes = 2 * 30 * 3 * 64 * 3 * 2

  private static func grant(kvByteCount: Int = kvBytes, summaryByteCount: Int = 0) -> LeaseGrant {
    LeaseGrant(
      job: 1,
      chunkIndex: 0,
      token: 1,
      chunkTokens: [1, 2, 3],
      kvByteCount: kvByteCount,
      summary: summaryByteCount == 0 ? .none : .sketch,
      summaryByteCount: summaryByteCount
    )
  }

  @Test func theBytesMustBeThoseOfTheModel() throws {
    #expect(try Self.grant().coding(shape: Self.shape, type: .bf16).byteCount == Self.kvBytes)
    for bytes in [Self.kvBytes + 1, Self.kvBytes - 1, 0, -1, .max] {
      let grant = Self.grant(kvByteCount: bytes)
      #expect(throws: WireError.self) { try grant.coding(shape: Self.shape, type: .bf16) }
    }
    #expect(throws: WireError.self) { try Self.grant().coding(shape: Self.shape, type: .f32) }
  }

  @Test func theModelIsOneOfTheWorkers() throws {
    var second = Examples.identity
    second.modelSHA256 = "cc"
    var grant = Self.grant()
    #expect(try grant.identity(among: [Examples.identity, second]) == Examples.identity)
    grant.model = 1
    #expect(try grant.identity(among: [Examples.identity, second]) == second)
    for model in [2, 63, .max, -1, .min] {
      grant.model = model
      #expect(throws: WireError.self) { try grant.identity(among: [Examples.identity, second]) }
    }
    #expect(throws: WireError.self) { try grant.identity(among: []) }
  }

  @Test func theSummaryIsTheTrailer() throws {
    let coding = try Self.grant(summaryByteCount: 77).coding(shape: Self.shape, type: .bf16)
    #expect(coding.trailerByteCount == 77 && coding.byteCount == Self.kvBytes + 77)
  }

  @Test(arguments: [Int.max, 1 << 40, 1 << 31, 0, -1, .min])
  func aModelOfAnyNumbersIsRefused(number: Int) {
    let shape = KVShape(layers: number, kvHeads: number, headDimension: number)
    for bytes in [Int.max, 1 << 36, 1, 0, -1] {
      let grant = Self.grant(kvByteCount: bytes)
      for type in KVType.allCases {
        #expect(throws: WireError.self) { try grant.coding(shape: shape, type: type) }
      }
    }
  }
}
