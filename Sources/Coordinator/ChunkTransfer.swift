internal import Memory
internal import Scheduling
internal import Synchronization

/// The bytes of one lease on their way in.
///
/// Frames are copied under the transfer's own lock, so a frame that comes twice at once is written once, and
/// none is written after the transfer was handed over or dropped.
final class ChunkTransfer: Sendable {
  /// What became of a frame.
  enum Receipt: Hashable {
    /// It is stored, now or before; so many bytes have arrived in all.
    case stored(receivedBytes: Int)
    /// It contradicts a frame that is stored.
    case conflict
    /// It does not fit the transfer.
    case misplaced
    /// The transfer is over.
    case closed
  }

  /// What became of the end of a transfer.
  enum Seal: Hashable {
    /// All bytes are there and agree with the digest; nothing is written any more.
    case complete
    /// The frame at this offset is missing.
    case incomplete(offset: Int)
    /// The digest over the frames is another one.
    case mismatch
    /// The transfer is over.
    case closed
  }

  let lease: Lease
  /// Where the bytes go. Written under the lock until sealed, only read afterwards.
  let buffer: AlignedBuffer

  private struct State {
    var map: FrameMap
    var isOpen = true
    var badFrames = 0
  }

  private let state: Mutex<State>

  init(
    lease: Lease,
    buffer: AlignedBuffer,
    frameBytes: Int
  ) {
    self.lease = lease
    self.buffer = buffer
    state = Mutex(State(map: FrameMap(byteCount: buffer.byteCount, frameBytes: frameBytes)))
  }

  var byteCount: Int { buffer.byteCount }
  var frameBytes: Int { state.withLock { $0.map.frameBytes } }
  var receivedBytes: Int { state.withLock { $0.map.receivedBytes } }

  /// Stores a frame whose checksum has been verified.
  func store(_ bytes: UnsafeRawBufferPointer, offset: Int, checksum: UInt32) -> Receipt {
    state.withLock { state in
      guard state.isOpen else { return .closed }
      switch state.map.place(offset: offset, length: bytes.count, checksum: checksum) {
      case .misplaced: return .misplaced
      case .conflict: return .conflict
      case .known: break
      case .new(let index):
        let end = offset + bytes.count
        UnsafeMutableRawBufferPointer(rebasing: buffer.mutableBytes[offset..<end]).copyMemory(from: bytes)
        state.map.note(index: index, checksum: checksum)
      }
      return .stored(receivedBytes: state.map.receivedBytes)
    }
  }

  /// Counts a frame whose checksum was wrong.
  ///
  /// - Returns: How many there were in this transfer.
  func noteBadFrame() -> Int {
    state.withLock { state in
      state.badFrames += 1
      return state.badFrames
    }
  }

  /// Ends the transfer if it is whole.
  ///
  /// - Parameter digest: The sender's digest over its frames.
  /// - Returns: Whether the transfer is whole and closed now.
  func seal(digest: UInt32) -> Seal {
    state.withLock { state in
      guard state.isOpen else { return .closed }
      guard let ours = state.map.digest else { return .incomplete(offset: state.map.firstMissingOffset ?? 0) }
      guard ours == digest else { return .mismatch }
      state.isOpen = false
      return .complete
    }
  }

  /// Drops the transfer: what arrives from now on is not written.
  func close() { state.withLock { $0.isOpen = false } }
}
