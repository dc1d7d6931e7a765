/// The next step with a connection that has not been joined to libnng yet.
package enum EntryStep: Hashable, Sendable {
  /// More bytes are needed.
  case wait
  /// Its greeting is complete: answer it, then go on.
  case greet
  /// Its first message has begun: join it.
  case join(Purpose)
  /// It is not one of ours: end it.
  case refuse(EntryRefusal)
}

/// A check of a connection's first bytes: the greeting, and the header and beginning of its first message.
///
/// Nothing is answered before the greeting is complete and right, and libnng learns of a connection only once
/// its first message has begun.
package struct EntryCheck: Sendable {
  private let framing: MessageFraming
  private let longestMessage: UInt64
  private var isGreeted = false

  /// Makes the check of a new connection.
  ///
  /// - Parameters:
  ///   - framing: The framing of its messages.
  ///   - longestMessage: The most bytes of a first message, with its protocol header.
  package init(framing: MessageFraming, longestMessage: UInt64) {
    self.framing = framing
    self.longestMessage = longestMessage
  }

  /// Checks the bytes so far. After `greet` it must be called again with the same bytes.
  ///
  /// - Parameter bytes: All bytes from the peer since the connection began.
  /// - Returns: The next step.
  package mutating func next(_ bytes: some Collection<UInt8>) -> EntryStep {
    guard isGreeted else {
      switch Greeting.read(bytes) {
      case .incomplete: return .wait
      case .stranger(let stranger): return .refuse(.stranger(stranger))
      case .role(.reply): return .refuse(.notAsking)
      case .role(.request):
        isGreeted = true
        return .greet
      }
    }
    let message = bytes.dropFirst(Greeting.byteCount)
    guard message.count >= framing.headerBytes else { return .wait }
    guard let length = framing.length(message), length >= UInt64(MessageFraming.requestNumberBytes),
      length <= longestMessage
    else { return .refuse(.message(bytes: framing.length(message), limit: longestMessage)) }
    let body = message.dropFirst(framing.headerBytes + MessageFraming.requestNumberBytes)
    let wanted = min(length - UInt64(MessageFraming.requestNumberBytes), UInt64(Purpose.bulkMark.count))
    guard message.count >= framing.headerBytes + MessageFraming.requestNumberBytes, body.count >= wanted
    else {
      return .wait
    }
    // The bytes behind a shorter message are not its own.
    return .join(Purpose(ofFirst: body.prefix(Int(wanted))))
  }
}
