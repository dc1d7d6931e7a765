internal import Synchronization

/// A pool of blocks for reuse: the pages of a freed block exist already, while for a new block the system has
/// to find and clear each of them.
package final class BlockPool: Sendable {
  private struct State {
    var blocks: [FreeBlock] = []
    var byteCount = 0
  }

  /// A free block, which belongs to the pool alone.
  private struct FreeBlock: @unchecked Sendable {
    // Sendable: nobody else knows the address; it is handed on once.
    let base: UnsafeMutableRawPointer
    let byteCount: Int
  }

  /// The most bytes of free blocks that are kept; blocks above it are given back to the system.
  package let limit: Int
  private let state = Mutex(State())

  /// Makes a pool without blocks.
  ///
  /// - Parameter limit: The most bytes of free blocks that are kept.
  package init(limit: Int) { self.limit = limit }

  deinit {
    for block in state.withLock({ $0.blocks }) { AlignedBuffer.unmap(block.base, byteCount: block.byteCount) }
  }

  /// The bytes of free blocks that are kept at this moment.
  package var freeByteCount: Int { state.withLock { $0.byteCount } }

  /// Provides a block of memory with arbitrary content, which returns to the pool when its object goes.
  ///
  /// A small block, which costs little to make, is allocated anew.
  ///
  /// - Parameter byteCount: The size in bytes, zero or more. The caller has checked it against its own
  ///   limits.
  /// - Returns: The block; its memory is never more than half as large again as needed.
  /// - Throws: ``MemoryError/outOfMemory(byteCount:)`` when the system has no such block.
  /// - Complexity: O(free blocks).
  package func block(byteCount: Int) throws(MemoryError) -> AlignedBuffer {
    guard let needed = AlignedBuffer.mappedByteCount(for: byteCount) else {
      return try AlignedBuffer(byteCount: byteCount)
    }
    let free: FreeBlock? = state.withLock { state in
      let fitting = state.blocks.indices.filter { needed...needed + needed / 2 ~= state.blocks[$0].byteCount }
      guard let best = fitting.min(by: { state.blocks[$0].byteCount < state.blocks[$1].byteCount }) else {
        return nil
      }
      let block = state.blocks.remove(at: best)
      state.byteCount -= block.byteCount
      return block
    }
    if let free {
      return AlignedBuffer(of: self, base: free.base, mapped: free.byteCount, byteCount: byteCount)
    }
    let base = try AlignedBuffer.map(byteCount: needed)
    return AlignedBuffer(of: self, base: base, mapped: needed, byteCount: byteCount)
  }

  func giveBack(_ base: UnsafeMutableRawPointer, byteCount: Int) {
    let block = FreeBlock(base: base, byteCount: byteCount)
    let isKept = state.withLock { state in
      guard byteCount <= limit - state.byteCount else { return false }
      state.blocks.append(block)
      state.byteCount += byteCount
      return true
    }
    if !isKept { AlignedBuffer.unmap(base, byteCount: byteCount) }
  }
}
