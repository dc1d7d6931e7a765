internal import Gate
internal import Testing

@Suite("Entry")
struct EntryTests {
  private static let greeting: [UInt8] = [0, 0x53, 0x50, 0, 0, 0x30, 0, 0]

  /// Returns the step after all of these bytes, with the greeting answered.
  private static func step(_ bytes: [UInt8], framing: MessageFraming = .tcp) -> EntryStep {
    var check = EntryCheck(framing: framing, longestMessage: 1000)
    let first = check.next(bytes)
    return first == .greet ? check.next(bytes) : first
  }

  @Test func aGreetingIsAnsweredOnlyOnceItIsWhole() {
    for count in 0..<8 {
      var check = EntryCheck(framing: .tcp, longestMessage: 1000)
      let step = check.next(Self.greeting.prefix(count))
      #expect(step == .wait)
    }
    var check = EntryCheck(framing: .tcp, longestMessage: 1000)
    let (first, second) = (check.next(Self.greeting), check.next(Self.greeting))
    #expect(first == .greet)
    #expect(second == .wait)
  }

  @Test func theFirstMessageTellsWhatAConnectionIsFor() {
    let number: [UInt8] = [0x80, 0, 0, 9]
    let control = Self.greeting + MessageFraming.tcp.header(length: 10) + number + [8, 4]
    #expect(Self.step(control) == .join(.control))
    let bulk = Self.greeting + MessageFraming.tcp.header(length: 64) + number + [0x42, 0x52]
    #expect(Self.step(bulk) == .join(.bulk))
    for count in 8..<bulk.count { #expect(Self.step(Array(bulk.prefix(count))) == .wait) }
    let local = Self.greeting + MessageFraming.local.header(length: 64) + number + [0x42, 0x52]
    #expect(Self.step(local, framing: .local) == .join(.bulk))
  }

  /// The letters of the bulk socket in the next message do not belong to the first one.
  @Test func aProbeIsForTheControlSocketWhateverFollows() {
    let probe = Self.greeting + MessageFraming.tcp.header(length: 4) + [0x80, 0, 0, 1]
    #expect(Self.step(probe) == .join(.control))
    #expect(Self.step(probe + [0x42, 0x52]) == .join(.control))
    #expect(Purpose.control.probe.isEmpty && Purpose(ofFirst: Purpose.bulk.probe) == .bulk)
  }

  @Test(arguments: [
    (Array("GET / HTTP/1.1\r\n".utf8), Stranger.http), (Array("G".utf8), .http), (Array("PUT /".utf8), .http),
    ([0x16, 3, 1, 2], .tls), (Array("SSH-2.0".utf8), .unknown), ([0, 0x53, 0x51], .unknown),
    ([0xFF], .unknown),
    ([0, 0x53, 0x50, 0, 0, 0x10], .otherProtocol), ([0, 0x53, 0x50, 1], .unknown),
  ])
  func strangersAreToldApart(bytes: [UInt8], stranger: Stranger) {
    #expect(Self.step(bytes) == .refuse(.stranger(stranger)))
    #expect(Greeting.read(bytes) == .stranger(stranger))
  }

  @Test func aPeerThatAnswersIsNoWorker() {
    #expect(Self.step(Greeting.bytes(.reply)) == .refuse(.notAsking))
  }

  @Test(arguments: [0, 3, 1001, UInt64.max])
  func aFirstMessageOfAnImpossibleLengthIsRefused(length: UInt64) {
    let bytes = Self.greeting + MessageFraming.tcp.header(length: length)
    #expect(Self.step(bytes) == .refuse(.message(bytes: length, limit: 1000)))
  }

  @Test func aHeaderThatIsNoneIsRefused() {
    let bytes = Self.greeting + [2] + MessageFraming.tcp.header(length: 10)
    #expect(Self.step(bytes, framing: .local) == .refuse(.message(bytes: nil, limit: 1000)))
  }

  @Test(arguments: [0, 1, 255, 1 << 32, UInt64.max])
  func lengthsAreWrittenAsTheyAreRead(length: UInt64) {
    for framing in [MessageFraming.tcp, .local] {
      let header = framing.header(length: length)
      #expect(header.count == framing.headerBytes)
      #expect(framing.length(header) == length)
      #expect(framing.length(header.dropLast()) == nil)
    }
    #expect(MessageFraming.tcp.header(length: 0x0102) == [0, 0, 0, 0, 0, 0, 1, 2])
  }
}
