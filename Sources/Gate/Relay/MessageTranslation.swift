package import NIOCore

/// Passes messages of one framing on in another, in whatever pieces they come, and none that is too long.
package struct MessageTranslation: Sendable {
  private enum State {
    /// Within a header; these bytes of it are there.
    case header([UInt8])
    /// Within a message, of which so many bytes are to come.
    case message(UInt64)
  }

  private let source: MessageFraming
  private let destination: MessageFraming
  private let longest: UInt64
  private var state = State.header([])
  /// Whether a message has passed as a whole.
  package private(set) var hasPassedMessage = false

  /// Begins between two messages.
  ///
  /// - Parameters:
  ///   - source: How the messages that come are marked.
  ///   - destination: How they are to be marked.
  ///   - longest: The most bytes of a message, with its protocol header.
  package init(from source: MessageFraming, to destination: MessageFraming, longest: UInt64) {
    self.source = source
    self.destination = destination
    self.longest = longest
  }

  /// Whether a message has begun and not ended.
  package var isWithinMessage: Bool {
    switch state {
    case .header(let begun): !begun.isEmpty
    case .message: true
    }
  }

  /// Translates the next bytes. Those of messages are not copied.
  ///
  /// - Parameters:
  ///   - bytes: What came; all of it is used up.
  ///   - write: Takes what goes on, in order.
  /// - Throws: ``EntryRefusal/message(bytes:limit:)`` for a header that is none, or too long a message.
  package mutating func translate(_ bytes: ByteBuffer, to write: (ByteBuffer) -> Void) throws(EntryRefusal) {
    var bytes = bytes
    while bytes.readableBytes > 0 {
      switch state {
      case .header(let begun):
        let header =
          begun + (bytes.readBytes(length: min(source.headerBytes - begun.count, bytes.readableBytes)) ?? [])
        guard header.count == source.headerBytes else {
          state = .header(header)
          return
        }
        guard let length = source.length(header), length <= longest else {
          throw .message(bytes: source.length(header), limit: longest)
        }
        write(ByteBuffer(bytes: destination.header(length: length)))
        state = length == 0 ? .header([]) : .message(length)
        if length == 0 { hasPassedMessage = true }
      case .message(let remaining):
        let count = Int(min(remaining, UInt64(bytes.readableBytes)))
        guard let slice = bytes.readSlice(length: count) else { return }
        write(slice)
        if remaining == UInt64(count) {
          state = .header([])
          hasPassedMessage = true
        } else {
          state = .message(remaining - UInt64(count))
        }
      }
    }
  }
}
