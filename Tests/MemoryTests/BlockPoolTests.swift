internal import Memory
internal import Testing

@Suite("Blocks")
struct BlockPoolTests {
  private static let mebibyte = 1 << 20

  @Test func aFreedBlockIsUsedAgain() throws {
    let pool = BlockPool(limit: 64 * Self.mebibyte)
    var block: AlignedBuffer? = try pool.block(byteCount: 9 * Self.mebibyte)
    let base = block?.base
    #expect(pool.freeByteCount == 0)
    block = nil
    #expect(pool.freeByteCount == 10 * Self.mebibyte)
    let again = try pool.block(byteCount: 10 * Self.mebibyte)
    #expect(again.base == base)
    #expect(again.byteCount == 10 * Self.mebibyte)
    #expect(pool.freeByteCount == 0)
  }

  @Test func theSmallestThatFitsIsTakenAndNoneThatIsMuchTooLarge() throws {
    let pool = BlockPool(limit: 256 * Self.mebibyte)
    var bases: [Int: UnsafeMutableRawPointer] = [:]
    do {
      let blocks = try [8, 12, 40].map { try pool.block(byteCount: $0 * Self.mebibyte) }
      for block in blocks { bases[block.byteCount / Self.mebibyte] = block.base }
    }
    let ten = try pool.block(byteCount: 10 * Self.mebibyte)
    #expect(ten.base == bases[12])
    let six = try pool.block(byteCount: 6 * Self.mebibyte)
    #expect(six.base == bases[8])
    let twenty = try pool.block(byteCount: 20 * Self.mebibyte)
    #expect(twenty.base != bases[40])
    #expect(pool.freeByteCount == 40 * Self.mebibyte)
  }

  @Test func noMoreThanTheLimitIsKept() throws {
    let pool = BlockPool(limit: 16 * Self.mebibyte)
    do {
      let blocks = try (0..<3).map { _ in try pool.block(byteCount: 8 * Self.mebibyte) }
      #expect(Set(blocks.map(\.base)).count == 3)
    }
    #expect(pool.freeByteCount == 16 * Self.mebibyte)
    #expect(try BlockPool(limit: 0).block(byteCount: 8 * Self.mebibyte).byteCount == 8 * Self.mebibyte)
  }

  @Test func smallAndImpossibleBlocksAreNotThePools() throws {
    let pool = BlockPool(limit: 16 * Self.mebibyte)
    _ = try pool.block(byteCount: 1000)
    #expect(pool.freeByteCount == 0)
    #expect(throws: MemoryError.outOfMemory(byteCount: -1)) { try pool.block(byteCount: -1) }
    #expect(throws: MemoryError.self) { try pool.block(byteCount: 1 << 50) }
  }

  @Test(arguments: [0, 1, 63, 4096, 5 << 20])
  func aFreshBlockIsZeroedAndAligned(_ byteCount: Int) throws {
    let block = try AlignedBuffer(byteCount: byteCount)
    #expect(block.byteCount == byteCount)
    #expect(UInt(bitPattern: block.base) % UInt(AlignedBuffer.alignment) == 0)
    #expect(block.bytes.allSatisfy { $0 == 0 })
  }
}
