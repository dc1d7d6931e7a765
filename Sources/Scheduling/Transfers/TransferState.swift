/// Which bytes of a chunk to send next: a value without sockets.
///
/// Frames lie at multiples of the frame size; at most `window` are under way. A frame that was lost or
/// damaged is sent again.
package struct TransferState: Hashable, Sendable {
  /// What to do next.
  package enum Step: Hashable, Sendable {
    /// Send this frame.
    case send(offset: Int, length: Int)
    /// Nothing can be sent until so many bytes are final.
    case waitForBytes(Int)
    /// Nothing can be sent until an answer comes.
    case waitForAnswer
    /// Every frame is accepted: send the end.
    case end
  }

  /// The bytes of the whole chunk.
  package let total: Int
  /// The payload bytes of every frame but the last.
  package let frameBytes: Int
  /// The most frames under way.
  package let window: Int
  /// The frames under way.
  package private(set) var underWay = 0
  private var nextOffset = 0
  private var again: [Int] = []

  /// Begins at the front.
  ///
  /// - Parameters:
  ///   - total: The bytes of the whole chunk, at least 1.
  ///   - frameBytes: The payload bytes of every frame but the last, at least 1.
  ///   - window: The most frames under way, at least 1.
  package init(total: Int, frameBytes: Int, window: Int) {
    self.total = total
    self.frameBytes = max(1, frameBytes)
    self.window = max(1, window)
  }

  /// The number of frames of the chunk.
  package var frameCount: Int { (total + frameBytes - 1) / frameBytes }

  /// The length of the frame at an offset.
  package func length(at offset: Int) -> Int { min(frameBytes, total - offset) }

  /// What to do next, given how many bytes are final; a frame to send counts as under way from now on.
  package mutating func next(ready: Int) -> Step {
    guard underWay < window else { return .waitForAnswer }
    if let offset = again.popLast() {
      underWay += 1
      return .send(offset: offset, length: length(at: offset))
    }
    guard nextOffset < total else { return underWay > 0 ? .waitForAnswer : .end }
    let length = length(at: nextOffset)
    guard nextOffset + length <= ready else { return .waitForBytes(nextOffset + length) }
    defer { nextOffset += length }
    underWay += 1
    return .send(offset: nextOffset, length: length)
  }

  /// A frame under way was accepted.
  package mutating func accepted() {
    underWay -= 1
  }

  /// A frame under way was lost, or arrived damaged.
  package mutating func lost(offset: Int) {
    underWay -= 1
    again.append(offset)
  }

  /// The receiver lacks a frame that it had accepted.
  ///
  /// - Returns: Whether the chunk has such a frame and it has been sent.
  package mutating func missing(offset: Int) -> Bool {
    guard offset >= 0, offset < nextOffset, offset % frameBytes == 0, !again.contains(offset) else {
      return false
    }
    again.append(offset)
    return true
  }
}
