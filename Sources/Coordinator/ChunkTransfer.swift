internal import Memory
internal import Scheduling
internal import Synchronization
internal import Wire

/// The incoming transfer of one lease's bytes.
///
/// A frame's place is reserved under the transfer's own lock and filled outside of it, so several frames are
/// copied at once, each by one task. A transfer is handed over only when all its frames are noted, so nothing
/// is written after that. If it is dropped while a frame is being written, nobody reads that frame.
final class ChunkTransfer: Sendable {
  /// The outcome of a frame.
  enum Receipt: Hashable {
    /// It is stored, now or before; this many bytes have arrived in all.
    case stored(receivedBytes: Int)
    /// Its bytes do not match its checksum, or (no fault) the same frame is just arriving: send it again.
    case damaged(isFault: Bool)
    /// It contradicts a frame that is stored.
    case conflict
    /// It does not fit the transfer.
    case misplaced
    /// The transfer is over.
    case closed
  }

  /// The outcome of the end of a transfer.
  enum Seal: Hashable {
    /// All bytes are there and agree with the digest; nothing is written any more.
    case complete
    /// The frame at this offset is missing.
    case incomplete(offset: Int)
    /// The digest over the frames is not the sender's.
    case mismatch
    /// The transfer is over.
    case closed
  }

  let lease: Lease
  /// The coding of the bytes.
  let coding: KVCoding
  /// The memory of the plain bytes and of the summary behind them. Frames are written to its tail, where the
  /// summary stays, and layers are decoded to its head. Only read once sealed and decoded.
  let buffer: AlignedBuffer

  private struct State {
    var map: FrameMap
    var isOpen = true
    var badFrames = 0
  }

  private let state: Mutex<State>
  /// The number of decoded layers. Held while a layer is decoded.
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

  /// The bytes of memory that the transfer holds.
  var heldByteCount: Int { buffer.byteCount }
  var frameBytes: Int { state.withLock { $0.map.frameBytes } }
  var receivedBytes: Int { state.withLock { $0.map.receivedBytes } }

  /// Stores a frame, unless its bytes do not match its checksum.
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
  /// - Returns: The number of such frames in this transfer.
  func noteBadFrame() -> Int {
    state.withLock { state in
      state.badFrames += 1
      return state.badFrames
    }
  }

  /// Ends the transfer if it is complete.
  ///
  /// - Parameter digest: The sender's digest over its frames.
  /// - Returns: The outcome; after `complete` the transfer is closed.
  func seal(digest: UInt32) -> Seal {
    state.withLock { state in
      guard state.isOpen else { return .closed }
      guard let ours = state.map.digest else { return .incomplete(offset: state.map.firstMissingOffset ?? 0) }
      guard ours == digest else { return .mismatch }
      state.isOpen = false
      return .complete
    }
  }

  /// Decodes the layers that are complete, unless another task is decoding.
  func decodeReceived() {
    guard !coding.isPlain, state.withLock({ $0.isOpen }) else { return }
    _ = decodedLayers.withLockIfAvailable { decode(from: &$0) }
  }

  /// Decodes the remaining layers of a sealed transfer.
  func decodeRest() {
    guard !coding.isPlain else { return }
    decodedLayers.withLock { decode(from: &$0) }
  }

  private func decode(from layer: inout Int) {
    let received = state.withLock { $0.map.contiguousBytes }
    func isComplete(_ layer: Int) -> Bool {
      layer < coding.layers && coding.codedRange(layer).upperBound <= received
    }
    guard isComplete(layer) else { return }
    // Nobody else touches these layers: their frames are all stored, and are not written again.
    withUnsafeTemporaryAllocation(byteCount: coding.roomByteCount, alignment: 64) { room in
      while isComplete(layer), coding.decodeInPlace(layer: layer, of: buffer.mutableBytes, room: room) {
        layer += 1
      }
    }
  }

  /// Drops the transfer: frames that arrive from now on are not written.
  func close() { state.withLock { $0.isOpen = false } }
}
