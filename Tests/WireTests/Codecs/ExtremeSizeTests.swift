internal import KVFormat
internal import Testing
internal import Wire

struct ExtremeSizeTests {
  private static let shapes: [KVShape] = [Int.max, Int(UInt32.max), 1 << 31, 1, 0, -1, .min].map {
    KVShape(layers: $0, kvHeads: $0, headDimension: $0)
  }

  @Test(arguments: shapes, [Int.min, -1, 0, 1, .max])
  func sizesOfAnyNumbersAreCountedOrRefused(shape: KVShape, number: Int) {
    for type in KVType.allCases {
      if let count = shape.byteCount(tokens: number, type: type) { #expect(count >= 0) }
      for codec in KVCodec.allCases {
        for trailer in [Int.min, -1, 0, .max] {
          let coding = KVCoding(codec, shape: shape, tokens: number, type: type, trailerByteCount: trailer)
          if let coding { #expect(1...WireProtocol.maximumChunkBytes ~= coding.byteCount) }
        }
      }
    }
  }
}
