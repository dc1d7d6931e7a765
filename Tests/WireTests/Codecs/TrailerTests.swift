internal import KVFormat
internal import SeededRandom
internal import Testing
internal import Wire

/// Bytes that travel behind the layers and are never coded.
@Suite struct TrailerTests {
  private static func coding(
    _ codec: KVCodec,
    layers: Int,
    tokens: Int,
    trailer: Int
  ) throws -> KVCoding {
    let shape = KVShape(layers: layers, kvHeads: 2, headDimension: 64)
    return try #require(
      KVCoding(codec, shape: shape, tokens: tokens, type: .bf16, trailerByteCount: trailer)
    )
  }

  /// Layers of numbers around 1 and a trailer of anything.
  private static func block(_ coding: KVCoding) -> [UInt8] {
    var generator = SeededGenerator(seed: 3)
    let numbers = (0..<coding.layersByteCount / 2).map { _ in
      UInt16(truncatingIfNeeded: Float.random(in: -2...2, using: &generator).bitPattern >> 16)
    }
    return numbers.withUnsafeBytes { Array($0) } + generator.bytes(coding.trailerByteCount)
  }

  /// Each layer coded, or decoded, by itself.
  private static func eachLayer(
    _ layers: ArraySlice<UInt8>,
    _ range: (Int) -> Range<Int>,
    into destination: (Int) -> Range<Int>,
    count: Int,
    _ convert: (Int, UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer) -> Bool
  ) -> [UInt8] {
    (0..<count).flatMap { layer in
      let source = Array(layers[range(layer)])
      var result = [UInt8](repeating: 0, count: destination(layer).count)
      #expect(
        source.withUnsafeBytes { source in result.withUnsafeMutableBytes { convert(layer, source, $0) } }
      )
      return result
    }
  }

  /// Trailers of no bytes, of few, of more than the layers save, and of more than the layers have.
  @Test(
    arguments: [KVCodec.bf16, .int8],
    [(1, 2, 0), (1, 2, 7), (2, 70, 128), (3, 64, 60_000), (3, 64, 200_000), (30, 100, 1)]
  )
  func itFollowsTheLayersBothWays(
    _ codec: KVCodec,
    _ sizes: (layers: Int, tokens: Int, trailer: Int)
  ) throws {
    let coding = try Self.coding(codec, layers: sizes.layers, tokens: sizes.tokens, trailer: sizes.trailer)
    let plain = Self.block(coding)
    let trailer = Array(plain[coding.layersByteCount...])
    let coded = Self.eachLayer(
      plain[..<coding.layersByteCount],
      coding.plainRange,
      into: coding.codedRange,
      count: coding.layers
    ) { coding.encode($0, $1, into: $2) }
    #expect(coding.codedByteCount == coded.count + trailer.count)
    let sent = coded + trailer

    var block = plain
    var room = [UInt8](repeating: 0xff, count: coding.roomByteCount)
    block.withUnsafeMutableBytes { block in
      room.withUnsafeMutableBytes { room in
        for layer in 0..<coding.layers {
          #expect(coding.encodeInPlace(layer: layer, of: block, room: room))
          // Where the encoder writes it, and not touched before all layers are coded.
          #expect(block[coding.layersByteCount...].elementsEqual(trailer))
        }
        #expect(coding.moveTrailer(of: block))
      }
    }
    #expect(Array(block[..<coding.codedByteCount]) == sent)

    var arrived = [UInt8](repeating: 0, count: coding.codedOffset) + sent
    #expect(arrived.count == coding.byteCount)
    arrived.withUnsafeMutableBytes { block in
      room.withUnsafeMutableBytes { room in
        for layer in 0..<coding.layers {
          #expect(coding.decodeInPlace(layer: layer, of: block, room: room))
          #expect(block[coding.layersByteCount...].elementsEqual(trailer))
        }
      }
    }
    let back = Self.eachLayer(
      coded[...],
      coding.codedRange,
      into: coding.plainRange,
      count: coding.layers
    ) { coding.decode($0, $1, into: $2) }
    #expect(arrived == back + trailer)
  }

  @Test func itCountsAsItIs() throws {
    let without = try Self.coding(.int8, layers: 4, tokens: 100, trailer: 0)
    let with = try Self.coding(.int8, layers: 4, tokens: 100, trailer: 1000)
    #expect(with.byteCount == without.byteCount + 1000 && with.layersByteCount == without.byteCount)
    #expect(with.codedByteCount == without.codedByteCount + 1000)
    #expect(with.codedLayersByteCount == without.codedByteCount && with.codedOffset == without.codedOffset)
    #expect(
      with.layerByteCount(1) == without.layerByteCount(1) && with.roomByteCount == without.roomByteCount
    )
    #expect(with != without)
  }

  @Test(arguments: [KVCodec.bf16, .int8]) func sizesEndWithTheProtocols(_ codec: KVCodec) throws {
    let kvBytes = try Self.coding(codec, layers: 4, tokens: 100, trailer: 0).byteCount
    let most = WireProtocol.maximumChunkBytes - kvBytes
    #expect(try Self.coding(codec, layers: 4, tokens: 100, trailer: most).byteCount == 64 << 30)
    let shape = KVShape(layers: 4, kvHeads: 2, headDimension: 64)
    for wrong in [most + 1, .max, -1, .min] {
      #expect(KVCoding(codec, shape: shape, tokens: 100, type: .bf16, trailerByteCount: wrong) == nil)
    }
  }

  @Test func aBlockThatIsTooSmallIsNotTouched() throws {
    let coding = try Self.coding(.int8, layers: 2, tokens: 10, trailer: 100)
    var block = [UInt8](repeating: 5, count: coding.byteCount)
    var room = [UInt8](repeating: 0, count: coding.roomByteCount)
    block.withUnsafeMutableBytes { block in
      room.withUnsafeMutableBytes { room in
        let short = UnsafeMutableRawBufferPointer(rebasing: block.dropLast())
        #expect(!coding.encodeInPlace(layer: 0, of: short, room: room))
        #expect(!coding.decodeInPlace(layer: 0, of: short, room: room))
        #expect(!coding.moveTrailer(of: short))
      }
    }
    #expect(block == [UInt8](repeating: 5, count: coding.byteCount))
  }
}
