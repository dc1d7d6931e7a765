internal import CommandLineSupport
internal import Testing

@Suite("Documents")
struct DocumentCheckTests {
  @Test(
    "What is no text is refused with advice",
    arguments: [
      ([], "is empty"), (Array(" \n\t\r\n".utf8), "is empty"), ([0x1F, 0x8B, 8], "gzip"),
      (Array("%PDF-1.7\n".utf8), "PDF"), ([0x50, 0x4B, 3, 4], "ZIP"), (Array("GGUF\u{3}".utf8), "model"),
      ([0xFF, 0xFE, 0x41, 0], "UTF-16"), ([0x41, 0, 0x42, 0], "zero bytes"),
    ] as [([UInt8], String)]
  )
  func refused(_ bytes: [UInt8], _ word: String) {
    let failure = #expect(throws: CommandFailure.self) {
      try DocumentCheck.validate(bytes, name: "book.txt")
    }
    #expect(failure?.status == .badInput)
    #expect(failure?.message.contains(word) == true, "\(failure?.message ?? "")")
    #expect(failure?.message.contains("book.txt") == true)
  }

  @Test(
    "Text is accepted, also when some of it is no UTF-8",
    arguments: ["Hello", "  x", "Grüße\r\n", "%PDF"]
  )
  func accepted(_ text: String) throws {
    try DocumentCheck.validate(Array(text.utf8), name: "book.txt")
    try DocumentCheck.validate(Array(text.utf8) + [0xC3, 0x28, 0xFF], name: "book.txt")
  }
}
