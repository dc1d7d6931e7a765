package import NIOCore

/// A translation of messages from one framing into another, in pieces of any size; too long ones are refused.
package struct MessageTranslation: Sendable {
  private enum State {
    /// Within a header, of which these bytes have come.
    case header([UInt8])
    /// Within a message, of which this many bytes are to come.
    case message(UInt64)
  }

  private let source: MessageFraming
  private let destination: MessageFraming
  private let longest: UInt64
  private var state = State.header([])
  /// True if a whole message has passed.
  package private(set) var hasPassedMessage = false

  /// Makes a translation that is between two messages.
  ///
  /// - Parameters:
  ///   - source: The framing of incoming messages.
  ///   - destination: The framing of outgoing messages.
  ///   - longest: The most bytes of a message, with its protocol header.
  package init(from source: MessageFraming, to destination: MessageFraming, longest: UInt64) {
    self.source = source
    self.destination = destination
    self.longest = longest
  }

  /// True if a message has begun and not ended.
  package var isWithinMessage: Bool {
    switch state {
    case .header(let begun): !begun.isEmpty
    case .message: true
    }
  }

  /// Translates the next bytes. The messages' own bytes are not copied.
  ///
  /// - Parameters:
  ///   - bytes: The incoming bytes; all of them are used up.
  ///   - write: Receives the outgoing bytes, in order.
  /// - Throws: ``EntryRefusal/message(bytes:limit:)`` for an invalid header or too long a message.
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
