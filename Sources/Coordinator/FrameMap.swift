internal import Wire

/// Which frames of one transfer have arrived, and their checksums: a value without memory of the bytes
/// themselves.
///
/// All frames have the same length but the last, which may be shorter.
struct FrameMap: Hashable, Sendable {
  /// Where a frame belongs.
  enum Place: Hashable {
    /// It is new and belongs to this index.
    case new(index: Int)
    /// The same frame has arrived before.
    case known
    /// Another frame has arrived for the same place.
    case conflict
    /// Its offset or length does not fit the transfer.
    case misplaced
  }

  let byteCount: Int
  let frameBytes: Int
  private var checksums: [UInt32?]
  private(set) var receivedBytes = 0
  private var missing: Int

  /// Prepares the map of a transfer.
  ///
  /// - Parameters:
  ///   - byteCount: The length of the whole in bytes, 1 or more.
  ///   - frameBytes: The length of each frame but the last in bytes, 1 or more.
  init(byteCount: Int, frameBytes: Int) {
    self.byteCount = byteCount
    self.frameBytes = frameBytes
    checksums = Array(repeating: nil, count: (byteCount + frameBytes - 1) / frameBytes)
    missing = checksums.count
  }

  /// Whether every frame is there.
  var isComplete: Bool { missing == 0 }

  /// The offset of the first frame that is not there, nil when all are.
  var firstMissingOffset: Int? { checksums.firstIndex { $0 == nil }.map { $0 * frameBytes } }

  /// The digest over all frames; nil while one is missing.
  var digest: UInt32? {
    guard isComplete else { return nil }
    var digest = FrameDigest()
    for case (let index, let checksum?) in checksums.enumerated() {
      let length = UInt32(clamping: self.length(ofFrame: index))
      digest.add(offset: UInt64(index * frameBytes), length: length, checksum: checksum)
    }
    return digest.value
  }

  private func length(ofFrame index: Int) -> Int { min(frameBytes, byteCount - index * frameBytes) }

  /// Finds the place of a frame.
  func place(offset: Int, length: Int, checksum: UInt32) -> Place {
    guard offset >= 0, offset < byteCount, offset % frameBytes == 0,
      length == min(frameBytes, byteCount - offset)
    else { return .misplaced }
    let index = offset / frameBytes
    guard let known = checksums[index] else { return .new(index: index) }
    return known == checksum ? .known : .conflict
  }

  /// Notes the arrival of the frame at an index that ``place(offset:length:checksum:)`` has called new.
  mutating func note(index: Int, checksum: UInt32) {
    checksums[index] = checksum
    missing -= 1
    receivedBytes += length(ofFrame: index)
  }
}
