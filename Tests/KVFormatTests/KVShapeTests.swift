internal import KVFormat
internal import Testing

struct KVShapeTests {
  @Test func bytesAreThoseOfKeysAndValuesOfAllLayers() {
    let shape = KVShape(layers: 30, kvHeads: 3, headDimension: 64)
    #expect(shape.byteCount(tokens: 1024, type: .bf16) == 23_592_960)
    #expect(shape.byteCount(tokens: 1024, type: .f32) == 47_185_920)
    #expect(shape.byteCount(tokens: 0, type: .bf16) == 0)
  }

  @Test func aLayerKeepsItsLastTokens() {
    let shape = KVShape(layers: 3, kvHeads: 2, headDimension: 64, keptTokens: [0, 511, 511])
    #expect((0..<3).map { shape.keptTokens(layer: $0, of: 2048) } == [2048, 511, 511])
    #expect((0..<3).map { shape.keptTokens(layer: $0, of: 100) } == [100, 100, 100])
    #expect(shape.byteCount(tokens: 2048, type: .bf16) == 512 * (2048 + 511 + 511))
    #expect(shape.byteCount(tokens: 100, type: .bf16) == shape.keepingAll.byteCount(tokens: 100, type: .bf16))
    #expect(shape.keepsAll(layer: 0) && !shape.keepsAll(layer: 1))
  }

  @Test(arguments: [[1], [1, 2, 3, 4], [0, -1, 0], [Int.min, 0, 0]])
  func aShapeWithOtherNumbersOfKeptTokensHasNoBytes(kept: [Int]) {
    let shape = KVShape(layers: 3, kvHeads: 2, headDimension: 64, keptTokens: kept)
    #expect(shape.byteCount(tokens: 10, type: .bf16) == nil)
  }

  @Test func sizesDoNotOverflow() {
    let shape = KVShape(layers: .max, kvHeads: .max, headDimension: .max)
    #expect(shape.byteCount(tokens: 1_000_000, type: .f32) == nil)
    #expect(KVShape(layers: 1, kvHeads: 1, headDimension: 1).byteCount(tokens: .max, type: .bf16) == nil)
  }

  @Test(arguments: [Int.min, -1])
  func aNegativeNumberHasNoBytes(number: Int) {
    #expect(KVShape(layers: number, kvHeads: 1, headDimension: 1).byteCount(tokens: 1, type: .bf16) == nil)
    #expect(KVShape(layers: 1, kvHeads: number, headDimension: 1).byteCount(tokens: 1, type: .bf16) == nil)
    #expect(KVShape(layers: 1, kvHeads: 1, headDimension: number).byteCount(tokens: 1, type: .bf16) == nil)
    #expect(KVShape(layers: 1, kvHeads: 1, headDimension: 1).byteCount(tokens: number, type: .bf16) == nil)
    // Two negative numbers do not make a size.
    #expect(
      KVShape(layers: number, kvHeads: number, headDimension: 1).byteCount(tokens: 1, type: .bf16) == nil
    )
  }
}
