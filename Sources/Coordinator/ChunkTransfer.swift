internal import Memory
internal import Scheduling
internal import Synchronization
internal import Wire

/// The bytes of one lease on their way in.
///
/// A frame's place is reserved under the transfer's own lock and filled outside of it, so that several frames
/// are copied at once and each by one task. A transfer is handed over only when all its frames are noted, so
/// nothing is written any more then; what is still being written when it is dropped, nobody reads.
final class ChunkTransfer: Sendable {
  /// What became of a frame.
  enum Receipt: Hashable {
    /// It is stored, now or before; so many bytes have arrived in all.
    case stored(receivedBytes: Int)
    /// Its bytes are not those of its checksum, or the same frame is just arriving: it is to be sent again.
    case damaged(isFault: Bool)
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
  /// How the bytes are coded.
  let coding: KVCoding
  /// The memory of the plain bytes and of the summary behind them. What comes arrives at its end, where the
  /// summary stays, and coded layers are decoded from its front on. Written under the locks until sealed and
  /// decoded, only read afterwards.
  let buffer: AlignedBuffer

  private struct State {
    var map: FrameMap
    var isOpen = true
    var badFrames = 0
  }

  private let state: Mutex<State>
  /// The layers that are decoded. Held while one is.
  private let decodedLayers = Mutex(0)

  init(
    lease: Lease,
    coding: KVCoding,
    buffer: AlignedBuffer,
    frameBytes: Int
  ) {
    self.lease = lease
    self.coding = coding
    self.buffer = buffer
    state = Mutex(State(map: FrameMap(byteCount: coding.codedByteCount, frameBytes: frameBytes)))
  }

  /// The bytes of memory that the transfer takes.
  var heldByteCount: Int { buffer.byteCount }
  var frameBytes: Int { state.withLock { $0.map.frameBytes } }
  var receivedBytes: Int { state.withLock { $0.map.receivedBytes } }

  /// Stores a frame, unless its bytes are not those of its checksum.
  func store(_ bytes: UnsafeRawBufferPointer, offset: Int, checksum: UInt32) -> Receipt {
    let (place, received): (FrameMap.Place?, Int) = state.withLock { state in
      guard state.isOpen else { return (nil, 0) }
      let place = state.map.place(offset: offset, length: bytes.count, checksum: checksum)
      return (place, state.map.receivedBytes)
    }
    switch place {
    case nil: return .closed
    case .misplaced: return .misplaced
    case .conflict: return .conflict
    case .busy: return .damaged(isFault: false)
    case .known: return .stored(receivedBytes: received)
    case .new(let index):
      let start = coding.codedOffset + offset
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer.mutableBytes[start..<start + bytes.count])
      let isIntact = Checksum.crc32c(bytes, copyingTo: room) == checksum
      return state.withLock { state in
        guard isIntact else {
          state.map.giveBack(index: index)
          return .damaged(isFault: true)
        }
        state.map.note(index: index, checksum: checksum)
        return state.isOpen ? .stored(receivedBytes: state.map.receivedBytes) : .closed
      }
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

  /// Decodes the layers that are complete, unless another task is at it.
  func decodeReceived() {
    guard !coding.isPlain, state.withLock({ $0.isOpen }) else { return }
    _ = decodedLayers.withLockIfAvailable { decode(from: &$0) }
  }

  /// Decodes what is left of a sealed transfer.
  func decodeRest() {
    guard !coding.isPlain else { return }
    decodedLayers.withLock { decode(from: &$0) }
  }

  private func decode(from layer: inout Int) {
    let received = state.withLock { $0.map.contiguousBytes } / coding.codedLayerByteCount
    // Behind the layers there may be more: the summary.
    let complete = min(received, coding.layers)
    guard layer < complete else { return }
    // Nobody else touches these layers: their frames are all stored, and are not written again.
    withUnsafeTemporaryAllocation(byteCount: coding.roomByteCount, alignment: 64) { room in
      while layer < complete, coding.decodeInPlace(layer: layer, of: buffer.mutableBytes, room: room) {
        layer += 1
      }
    }
  }

  /// Drops the transfer: what arrives from now on is not written.
  func close() { state.withLock { $0.isOpen = false } }
}
