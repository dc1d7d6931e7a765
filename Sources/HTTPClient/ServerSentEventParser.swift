/// One event of a server-sent stream.
package struct ServerSentEvent: Hashable, Sendable {
  /// Its name; `message` when the server gave none.
  package var name: String
  /// Its data, lines joined by a line feed.
  package var data: [UInt8]

  package init(name: String = "message", data: [UInt8]) {
    self.name = name
    self.data = data
  }
}

/// Splits a stream of bytes into server-sent events, however the bytes are grouped on their way.
///
/// Comments and the fields `id` and `retry` are skipped. It holds at most one event.
package struct ServerSentEventParser: Sendable {
  private let maximumEventBytes: Int
  private var line: [UInt8] = []
  private var name = ""
  private var data: [UInt8] = []
  private var hasData = false
  private var skipsLineFeed = false
  private var isFirstLine = true

  /// Makes a parser for a new stream.
  ///
  /// - Parameter maximumEventBytes: The size beyond which an event is refused.
  package init(maximumEventBytes: Int = 1 << 20) {
    self.maximumEventBytes = maximumEventBytes
  }

  /// Parses bytes and returns the events that they complete.
  ///
  /// - Parameter bytes: The next bytes of the stream, in any number.
  /// - Returns: The events that are complete, in order.
  /// - Throws: ``ClientError`` when an event is larger than allowed.
  package mutating func append(_ bytes: some Sequence<UInt8>) throws(ClientError) -> [ServerSentEvent] {
    var events: [ServerSentEvent] = []
    for byte in bytes {
      let followsCarriageReturn = skipsLineFeed
      skipsLineFeed = false
      switch byte {
      case UInt8(ascii: "\n") where followsCarriageReturn:
        continue
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        skipsLineFeed = byte == UInt8(ascii: "\r")
        if let event = endLine() { events.append(event) }
      default:
        guard line.count + data.count < maximumEventBytes else {
          throw .unexpectedReply("an event of more than \(maximumEventBytes) bytes")
        }
        line.append(byte)
      }
    }
    return events
  }

  private mutating func endLine() -> ServerSentEvent? {
    defer { line.removeAll(keepingCapacity: true) }
    if isFirstLine {
      isFirstLine = false
      if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
    }
    guard !line.isEmpty else { return endEvent() }
    let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
    var value = line[min(colon + 1, line.endIndex)...]
    if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
    switch String(decoding: line[..<colon], as: UTF8.self) {
    case "data":
      if hasData { data.append(UInt8(ascii: "\n")) }
      data.append(contentsOf: value)
      hasData = true
    case "event":
      name = String(decoding: value, as: UTF8.self)
    default:
      break
    }
    return nil
  }

  private mutating func endEvent() -> ServerSentEvent? {
    defer {
      name = ""
      data = []
      hasData = false
    }
    guard hasData else { return nil }
    return ServerSentEvent(name: name.isEmpty ? "message" : name, data: data)
  }
}
