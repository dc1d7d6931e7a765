internal import Memory
internal import Synchronization

/// Memory for packed weights, handed out in pieces of large blocks. These consist of huge pages, so that a
/// matrix product, which walks through megabytes of weights, waits for few address translations.
package final class WeightMemory: Sendable {
  private struct State {
    var block: AlignedBuffer?
    var used = 0
  }

  private static let blockBytes = 32 << 20
  private let state = Mutex(State())

  /// The most bytes that a piece takes beside its own: one of a block of its own takes whole pages.
  static func padding(_ byteCount: Int) -> Int {
    byteCount <= blockBytes / 2 ? 0 : AlignedBuffer.pageByteCount
  }

  /// Makes an empty store; blocks are allocated on demand.
  package init() {}

  /// Reserves `byteCount` bytes, aligned to ``AlignedBuffer/alignment``.
  ///
  /// - Parameter byteCount: The size.
  /// - Returns: The block that holds them, and their first byte.
  /// - Throws: ``ModelError`` when memory cannot be allocated.
  func take(_ byteCount: Int) throws(ModelError) -> (owner: AlignedBuffer, start: UnsafeMutableRawPointer) {
    let unit = AlignedBuffer.alignment
    let rounded = (byteCount + unit - 1) / unit * unit
    return try state.withLock { (state) throws(ModelError) in
      if let block = state.block, block.byteCount - state.used >= rounded {
        defer { state.used += rounded }
        return (block, block.base + state.used)
      }
      // A large piece is a block of its own, so that what is left of the last block is used by others.
      guard rounded <= Self.blockBytes / 2 else {
        let block = try AlignedBuffer.allocated(rounded)
        return (block, block.base)
      }
      let block = try AlignedBuffer.allocated(Self.blockBytes)
      state.block = block
      state.used = rounded
      return (block, block.base)
    }
  }
}
