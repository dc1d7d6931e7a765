internal import APITypes
internal import Testing

@Suite("The length of an anchor")
struct AnchorLengthTests {
  @Test func aNameOrANumberIsReadAndWrittenAsText() throws {
    let lengths: [AnchorLength] = [.chunk, .tokens(0), .tokens(65_536)]
    let text = try APIJSON.string(lengths)
    #expect(text == #"["chunk","0","65536"]"#)
    #expect(try APIJSON.decode([AnchorLength].self, from: text.utf8) == lengths)
  }

  @Test(arguments: ["", "chunks", "-1", "65537", "9223372036854775808", "1.5", " 1"])
  func anythingElseIsRefused(_ text: String) {
    #expect(AnchorLength(rawValue: text) == nil)
  }
}
