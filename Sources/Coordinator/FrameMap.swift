internal import Wire

/// The frames of one transfer that have arrived, with their checksums: a value without the bytes themselves.
///
/// All frames have the same length but the last, which may be shorter.
struct FrameMap: Hashable, Sendable {
  /// The place of a frame.
  enum Place: Hashable {
    /// It is new and belongs to this index, which is reserved until it is noted or given back.
    case new(index: Int)
    /// A frame is being written to the same place.
    case busy
    /// The same frame has arrived before.
    case known
    /// Another frame has arrived for the same place.
    case conflict
    /// Its offset or length does not fit the transfer.
    case misplaced
  }

  let byteCount: Int
  let frameBytes: Int
  private enum Frame: Hashable {
    case missing
    case reserved
    case stored(checksum: UInt32)
  }

  private var frames: [Frame]
  private(set) var receivedBytes = 0
  private var missing: Int
  /// The number of frames without a gap, from the first one on.
  private var contiguous = 0

  /// Makes the map of a transfer without frames.
  ///
  /// - Parameters:
  ///   - byteCount: The length of the transfer in bytes, 1 or more.
  ///   - frameBytes: The length of each frame but the last in bytes, 1 or more.
  init(byteCount: Int, frameBytes: Int) {
    self.byteCount = byteCount
    self.frameBytes = frameBytes
    frames = Array(repeating: .missing, count: (byteCount + frameBytes - 1) / frameBytes)
    missing = frames.count
  }

  /// True if every frame has arrived.
  var isComplete: Bool { missing == 0 }

  /// The offset of the first frame that has not arrived, nil when all have.
  var firstMissingOffset: Int? {
    let index = frames.firstIndex { if case .stored = $0 { false } else { true } }
    return index.map { $0 * frameBytes }
  }

  /// The number of bytes without a gap, from the first one on.
  var contiguousBytes: Int { min(contiguous * frameBytes, byteCount) }

  /// The digest over all frames; nil while one is missing.
  var digest: UInt32? {
    guard isComplete else { return nil }
    var digest = FrameDigest()
    for case (let index, .stored(let checksum)) in frames.enumerated() {
      let length = UInt32(clamping: self.length(ofFrame: index))
      digest.add(offset: UInt64(index * frameBytes), length: length, checksum: checksum)
    }
    return digest.value
  }

  private func length(ofFrame index: Int) -> Int { min(frameBytes, byteCount - index * frameBytes) }

  /// Returns the place of a frame, and reserves it if the frame is new.
  mutating func place(offset: Int, length: Int, checksum: UInt32) -> Place {
    guard offset >= 0, offset < byteCount, offset % frameBytes == 0,
      length == min(frameBytes, byteCount - offset)
    else { return .misplaced }
    let index = offset / frameBytes
    switch frames[index] {
    case .missing:
      frames[index] = .reserved
      return .new(index: index)
    case .reserved: return .busy
    case .stored(let known): return known == checksum ? .known : .conflict
    }
  }

  /// Notes the arrival of the frame at a reserved index.
  mutating func note(index: Int, checksum: UInt32) {
    frames[index] = .stored(checksum: checksum)
    missing -= 1
    receivedBytes += length(ofFrame: index)
    while contiguous < frames.count, case .stored = frames[contiguous] { contiguous += 1 }
  }

  /// Gives back a reserved index, whose frame was damaged.
  mutating func giveBack(index: Int) { frames[index] = .missing }
}
