internal import HTTPClient
internal import Testing

@Suite("Server-sent event parser")
struct ServerSentEventParserTests {
  private func events(_ text: String, piece: Int) throws -> [ServerSentEvent] {
    var parser = ServerSentEventParser()
    let bytes = Array(text.utf8)
    return try stride(from: 0, to: bytes.count, by: piece).flatMap { start in
      try parser.append(bytes[start..<min(start + piece, bytes.count)])
    }
  }

  private func event(_ name: String, _ data: String) -> ServerSentEvent {
    ServerSentEvent(name: name, data: Array(data.utf8))
  }

  @Test("Events come out the same however the bytes are grouped", arguments: [1, 2, 3, 7, 1000])
  func pieces(piece: Int) throws {
    let text = """
      : comment\n\nevent: progress\ndata: {"a":1}\n\ndata: one\ndata: two\nid: 7\nretry: 10\n\n\
      event:done\r\ndata:x\r\n\r\ndata\n\nevent: nothing\n\ndata:  ü\r\rdata: unfinished\n
      """
    #expect(
      try events(text, piece: piece) == [
        event("progress", #"{"a":1}"#), event("message", "one\ntwo"), event("done", "x"),
        event("message", ""), event("message", " ü"),
      ]
    )
  }

  @Test("A byte order mark at the start is no part of a name")
  func byteOrderMark() throws {
    #expect(try events("\u{FEFF}data: x\n\n", piece: 2) == [event("message", "x")])
  }

  @Test("An event without end is refused, not collected", arguments: ["x", "data: x\n"])
  func tooLarge(unit: String) {
    var parser = ServerSentEventParser(maximumEventBytes: 100)
    #expect(throws: ClientError.self) {
      for _ in 0..<200 { _ = try parser.append(unit.utf8) }
    }
  }
}
