/// The state machine of sending one chunk, which decides what to send next: a value without sockets.
///
/// Frames lie at multiples of the frame size; at most `window` are under way. A frame that was lost or
/// damaged is sent again.
package struct TransferState: Hashable, Sendable {
  /// The sender's next step.
  package enum Step: Hashable, Sendable {
    /// Send this frame.
    case send(offset: Int, length: Int)
    /// Nothing can be sent until this many bytes are final.
    case waitForBytes(Int)
    /// Nothing can be sent until an answer comes.
    case waitForAnswer
    /// Every frame is accepted: send the end.
    case end
  }

  /// The number of the chunk's bytes.
  package let total: Int
  /// The payload bytes of every frame but the last.
  package let frameBytes: Int
  /// The most frames under way.
  package let window: Int
  /// The frames under way.
  package private(set) var underWay = 0
  private var nextOffset = 0
  /// The offsets of frames to send again.
  private var again: [Int] = []

  /// Makes the state before the first frame.
  ///
  /// - Parameters:
  ///   - total: The number of the chunk's bytes, at least 1.
  ///   - frameBytes: The payload bytes of every frame but the last, at least 1.
  ///   - window: The most frames under way, at least 1.
  package init(total: Int, frameBytes: Int, window: Int) {
    self.total = total
    self.frameBytes = max(1, frameBytes)
    self.window = max(1, window)
  }

  /// The number of frames of the chunk.
  package var frameCount: Int { (total + frameBytes - 1) / frameBytes }

  /// Returns the length of the frame at an offset.
  package func length(at offset: Int) -> Int { min(frameBytes, total - offset) }

  /// Returns the next step, given the number of final bytes; a frame to send counts as under way.
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

  /// Notes that a frame under way was accepted.
  package mutating func accepted() {
    underWay -= 1
  }

  /// Notes that a frame under way was lost, or arrived damaged.
  package mutating func lost(offset: Int) {
    underWay -= 1
    again.append(offset)
  }

  /// Notes that the receiver lacks a frame that it had accepted.
  ///
  /// - Returns: True if the frame will be sent again; false if it was not sent before, or waits already to be
  ///   sent again.
  package mutating func missing(offset: Int) -> Bool {
    guard offset >= 0, offset < nextOffset, offset % frameBytes == 0, !again.contains(offset) else {
      return false
    }
    again.append(offset)
    return true
  }
}
