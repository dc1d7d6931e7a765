internal import Gate
internal import NIOCore
internal import Testing

@Suite("Message translation")
struct MessageTranslationTests {
  private static let messages: [[UInt8]] = [[1, 2, 3, 4], [], Array(repeating: 7, count: 300), [9]]

  private static func stream(_ framing: MessageFraming) -> [UInt8] {
    messages.flatMap { framing.header(length: UInt64($0.count)) + $0 }
  }

  private static func translate(
    _ bytes: [UInt8],
    _ from: MessageFraming,
    _ to: MessageFraming,
    pieces: Int,
    longest: UInt64 = 300
  ) throws -> [UInt8] {
    var translation = MessageTranslation(from: from, to: to, longest: longest)
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      let piece = ByteBuffer(bytes: bytes[start..<min(bytes.count, start + pieces)])
      try translation.translate(piece) { result += $0.readableBytesView }
    }
    return result
  }

  @Test(arguments: [1, 2, 7, 8, 9, 10, 64, 1000])
  func messagesGoOnInWhateverPiecesTheyCome(pieces: Int) throws {
    let (tcp, local) = (Self.stream(.tcp), Self.stream(.local))
    #expect(try Self.translate(tcp, .tcp, .local, pieces: pieces) == local)
    #expect(try Self.translate(local, .local, .tcp, pieces: pieces) == tcp)
    #expect(try Self.translate(local, .local, .local, pieces: pieces) == local)
  }

  @Test(arguments: [1, 8, 1000])
  func aMessageThatIsTooLongGoesNoFurther(pieces: Int) {
    let error = #expect(throws: EntryRefusal.self) {
      try Self.translate(Self.stream(.tcp), .tcp, .local, pieces: pieces, longest: 299)
    }
    #expect(error == .message(bytes: 300, limit: 299))
    let endless = #expect(throws: EntryRefusal.self) {
      try Self.translate(MessageFraming.tcp.header(length: .max), .tcp, .local, pieces: pieces)
    }
    #expect(endless == .message(bytes: .max, limit: 300))
  }

  @Test func whatIsNoHeaderGoesNoFurther() {
    let error = #expect(throws: EntryRefusal.self) {
      try Self.translate([0, 0, 0, 0, 0, 0, 0, 0, 0], .local, .tcp, pieces: 4)
    }
    #expect(error == .message(bytes: nil, limit: 300))
  }

  @Test func itIsKnownWhetherAMessageIsUnderWay() throws {
    var translation = MessageTranslation(from: .tcp, to: .local, longest: 300)
    #expect(!translation.isWithinMessage)
    for (index, byte) in (MessageFraming.tcp.header(length: 2) + [1, 2]).enumerated() {
      try translation.translate(ByteBuffer(bytes: [byte])) { _ in }
      #expect(translation.isWithinMessage == (index < 9))
      #expect(translation.hasPassedMessage == (index == 9))
    }
  }
}
