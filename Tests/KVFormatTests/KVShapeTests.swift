internal import KVFormat
internal import Testing

struct KVShapeTests {
  @Test func bytesAreThoseOfKeysAndValuesOfAllLayers() {
    let shape = KVShape(layers: 30, kvHeads: 3, headDimension: 64)
    #expect(shape.byteCount(tokens: 1024, type: .bf16) == 23_592_960)
    #expect(shape.byteCount(tokens: 1024, type: .f32) == 47_185_920)
    #expect(shape.byteCount(tokens: 0, type: .bf16) == 0)
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
