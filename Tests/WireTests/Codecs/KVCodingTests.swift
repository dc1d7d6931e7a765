internal import KVFormat
internal import SeededRandom
internal import Testing
internal import Wire

@Suite struct KVCodingTests {
  private static func shape(_ layers: Int, _ heads: Int, _ dimension: Int) -> KVShape {
    KVShape(layers: layers, kvHeads: heads, headDimension: dimension)
  }

  /// Some plain layers of numbers around 1.
  private static func plain(_ coding: KVCoding, seed: UInt64 = 1) -> [UInt16] {
    var generator = SeededGenerator(seed: seed)
    return (0..<coding.byteCount / 2).map { _ in
      UInt16(truncatingIfNeeded: Float.random(in: -2...2, using: &generator).bitPattern >> 16)
    }
  }

  private static func value(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  private static func encoded(_ plain: [UInt16], _ coding: KVCoding) -> [UInt8] {
    var coded = [UInt8](repeating: 0, count: coding.codedByteCount)
    plain.withUnsafeBytes { plain in
      coded.withUnsafeMutableBytes { coded in
        for layer in 0..<coding.layers {
          let from = UnsafeRawBufferPointer(rebasing: plain[coding.plainRange(layer)])
          let to = UnsafeMutableRawBufferPointer(rebasing: coded[coding.codedRange(layer)])
          #expect(coding.encode(layer, from, into: to))
        }
      }
    }
    return coded
  }

  private static func decoded(_ coded: [UInt8], _ coding: KVCoding) -> [UInt16] {
    var plain = [UInt16](repeating: 0, count: coding.byteCount / 2)
    coded.withUnsafeBytes { coded in
      plain.withUnsafeMutableBytes { plain in
        for layer in 0..<coding.layers {
          let from = UnsafeRawBufferPointer(rebasing: coded[coding.codedRange(layer)])
          let to = UnsafeMutableRawBufferPointer(rebasing: plain[coding.plainRange(layer)])
          #expect(coding.decode(layer, from, into: to))
        }
      }
    }
    return plain
  }

  @Test func int8TakesAboutHalfTheBytes() throws {
    let shape = Self.shape(30, 3, 64)
    let plain = try #require(KVCoding(.bf16, shape: shape, tokens: 1024, type: .bf16))
    #expect(plain.byteCount == 23_592_960)
    #expect(plain.codedByteCount == plain.byteCount)
    #expect(plain.isPlain && plain.roomByteCount == 0)
    let coding = try #require(KVCoding(.int8, shape: shape, tokens: 1024, type: .bf16))
    #expect(coding.byteCount == plain.byteCount)
    #expect(coding.layerByteCount(29) == 786_432)
    // 2 * 3 * 1024 * 64 numbers, 16 groups and 1024 tokens with a scale each.
    #expect(coding.codedLayerByteCount(0) == 393_216 + 3 * 16 * 64 * 2 + 3 * 1024 * 2)
    #expect(Double(coding.codedByteCount) / Double(coding.byteCount) < 0.52)
  }

  @Test(arguments: [(1, 1, 64, 2), (3, 2, 64, 63), (2, 2, 64, 65), (5, 1, 128, 200), (2, 3, 20, 130)])
  func numbersComeBackWithinHalfAStep(_ layers: Int, _ heads: Int, _ dimension: Int, _ tokens: Int) throws {
    let shape = Self.shape(layers, heads, dimension)
    let coding = try #require(KVCoding(.int8, shape: shape, tokens: tokens, type: .bf16))
    let plain = Self.plain(coding)
    let back = Self.decoded(Self.encoded(plain, coding), coding)
    let worst = zip(back, plain).map { abs(Self.value($0) - Self.value($1)) }.max() ?? 1
    // Half of 2 / 127 rounded up to 8 bits, and half of the last bit of a bf16 below 2.
    #expect(worst <= 0.0080 + 0.0040)
    #expect(worst > 0)
  }

  @Test func plainBytesStayAsTheyAre() throws {
    for type in KVType.allCases {
      let coding = try #require(KVCoding(.bf16, shape: Self.shape(3, 2, 64), tokens: 33, type: type))
      let plain = Self.plain(coding)
      let coded = Self.encoded(plain, coding)
      #expect(plain.withUnsafeBytes { Array($0) } == coded)
      #expect(Self.decoded(coded, coding) == plain)
    }
  }

  @Test(
    arguments: [KVCodec.bf16, .int8],
    [(1, 2, []), (2, 70, []), (3, 64, []), (30, 100, []), (4, 100, [20, 0, 90, 64]), (3, 10, [0, 20, 3])]
  )
  func inPlaceIsTheSame(_ codec: KVCodec, _ sizes: (layers: Int, tokens: Int, kept: [Int])) throws {
    var shape = Self.shape(sizes.layers, 2, 64)
    shape.keptTokens = sizes.kept
    let coding = try #require(KVCoding(codec, shape: shape, tokens: sizes.tokens, type: .bf16))
    let plain = Self.plain(coding, seed: 8)
    let coded = Self.encoded(plain, coding)

    var block = plain
    var room = [UInt8](repeating: 0xff, count: coding.roomByteCount)
    block.withUnsafeMutableBytes { block in
      room.withUnsafeMutableBytes { room in
        for layer in 0..<coding.layers {
          #expect(coding.encodeInPlace(layer: layer, of: block, room: room))
          // Later layers are as they were.
          let rest = coding.plainRange(layer).upperBound
          #expect(plain.withUnsafeBytes { $0[rest...].elementsEqual(block[rest...]) })
        }
        #expect(block[..<coding.codedByteCount].elementsEqual(coded))
      }
    }

    var arrived = [UInt16](repeating: 0xffff, count: coding.byteCount / 2)
    arrived.withUnsafeMutableBytes { block in
      UnsafeMutableRawBufferPointer(rebasing: block[coding.codedOffset...]).copyBytes(from: coded)
      room.withUnsafeMutableBytes { room in
        for layer in 0..<coding.layers {
          #expect(coding.decodeInPlace(layer: layer, of: block, room: room))
          let rest = coding.codedRange(layer).upperBound
          #expect(block[(coding.codedOffset + rest)...].elementsEqual(coded[rest...]))
        }
      }
    }
    #expect(arrived == Self.decoded(coded, coding))
  }

  @Test func layersKeepTheirLastTokens() throws {
    let shape = KVShape(layers: 3, kvHeads: 2, headDimension: 64, keptTokens: [0, 30, 200])
    let coding = try #require(KVCoding(.bf16, shape: shape, tokens: 100, type: .bf16))
    let token = 2 * 2 * 64 * 2
    #expect((0..<3).map(coding.layerByteCount) == [100 * token, 30 * token, 100 * token])
    #expect(coding.byteCount == 230 * token && coding.plainRange(2) == 130 * token..<230 * token)
    for kept in [[1], [1, 2, 3, 4], [-1, 2, 3]] {
      let wrong = KVShape(layers: 3, kvHeads: 2, headDimension: 64, keptTokens: kept)
      #expect(KVCoding(.bf16, shape: wrong, tokens: 100, type: .bf16) == nil)
    }
  }

  @Test func wrongSizesChangeNothing() throws {
    let coding = try #require(KVCoding(.int8, shape: Self.shape(2, 1, 64), tokens: 10, type: .bf16))
    let plain = [UInt8](repeating: 1, count: coding.byteCount + 8)
    func encodes(_ from: Int, _ to: Int) -> Bool {
      var out = [UInt8](repeating: 9, count: to)
      let done = plain.withUnsafeBytes { plain in
        out.withUnsafeMutableBytes {
          coding.encode(1, UnsafeRawBufferPointer(rebasing: plain[..<from]), into: $0)
        }
      }
      return done || out != [UInt8](repeating: 9, count: to)
    }
    func decodes(_ from: Int, _ to: Int) -> Bool {
      var out = [UInt8](repeating: 9, count: to)
      let done = plain.withUnsafeBytes { plain in
        out.withUnsafeMutableBytes {
          coding.decode(1, UnsafeRawBufferPointer(rebasing: plain[..<from]), into: $0)
        }
      }
      return done || out != [UInt8](repeating: 9, count: to)
    }
    let (whole, half) = (coding.layerByteCount(1), coding.codedLayerByteCount(1))
    #expect(encodes(whole, half) && decodes(half, whole))
    for wrong in [-2, 2] {
      #expect(!encodes(whole + wrong, half) && !encodes(whole, half + wrong))
      #expect(!decodes(half + wrong, whole) && !decodes(half, whole + wrong))
    }
    #expect(!encodes(0, half) && !decodes(half, 0))
    var block = plain
    var room = [UInt8](repeating: 9, count: coding.roomByteCount)
    block.withUnsafeMutableBytes { block in
      room.withUnsafeMutableBytes { room in
        let short = UnsafeMutableRawBufferPointer(rebasing: block[..<(coding.byteCount - 1)])
        let tight = UnsafeMutableRawBufferPointer(rebasing: room.dropLast())
        for layer in [-1, 2] {
          #expect(!coding.encodeInPlace(layer: layer, of: block, room: room))
          #expect(!coding.decodeInPlace(layer: layer, of: block, room: room))
        }
        #expect(!coding.encodeInPlace(layer: 0, of: short, room: room))
        #expect(!coding.decodeInPlace(layer: 0, of: short, room: room))
        #expect(!coding.encodeInPlace(layer: 0, of: block, room: tight))
        #expect(!coding.decodeInPlace(layer: 0, of: block, room: tight))
      }
    }
    #expect(block == plain)
  }

  /// Whatever arrives with the right checksum is decoded without a trap.
  @Test func anyBytesCanBeDecoded() throws {
    let coding = try #require(KVCoding(.int8, shape: Self.shape(2, 2, 64), tokens: 70, type: .bf16))
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<20 {
      #expect(Self.decoded(generator.bytes(coding.codedByteCount), coding).count == coding.byteCount / 2)
    }
  }

  @Test func sizesThatCannotBeAreRefused() {
    let shape = Self.shape(4, 2, 64)
    #expect(KVCoding(.int8, shape: shape, tokens: 8, type: .f32) == nil)
    #expect(KVCoding(.int8, shape: shape, tokens: 0, type: .bf16) == nil)
    #expect(KVCoding(.int8, shape: shape, tokens: -1, type: .bf16) == nil)
    // Scales take more than they save.
    #expect(KVCoding(.int8, shape: shape, tokens: 1, type: .bf16) == nil)
    #expect(KVCoding(.int8, shape: Self.shape(4, 2, 1), tokens: 8, type: .bf16) == nil)
    for codec in KVCodec.allCases {
      #expect(KVCoding(codec, shape: Self.shape(0, 2, 64), tokens: 8, type: .bf16) == nil)
      #expect(KVCoding(codec, shape: Self.shape(.max, .max, .max), tokens: .max, type: .bf16) == nil)
      #expect(KVCoding(codec, shape: Self.shape(1 << 20, 1 << 20, 64), tokens: 8, type: .bf16) == nil)
    }
  }

  @Test func aLeaseNamesACodecOfItsCache() {
    let shape = Self.shape(30, 3, 64)
    func check(_ codec: KVCodec, _ type: KVType) -> WireError? {
      let bytes = shape.byteCount(tokens: 3, type: type) ?? 0
      let grant = LeaseGrant(
        job: 1,
        chunkIndex: 0,
        token: 1,
        chunkTokens: [1, 2, 3],
        kvByteCount: bytes,
        codec: codec
      )
      return wireError { () throws(WireError) in try grant.coding(shape: shape, type: type) }
    }
    #expect(check(.bf16, .bf16) == nil)
    #expect(check(.bf16, .f32) == nil)
    #expect(check(.int8, .bf16) == nil)
    #expect(check(.int8, .f32)?.message.contains("int8") == true)
  }
}
