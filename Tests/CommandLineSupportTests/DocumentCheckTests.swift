internal import CommandLineSupport
internal import Testing

@Suite("Documents")
struct DocumentCheckTests {
  @Test(
    "What is no text is refused with its name and advice",
    arguments: [
      ([], "is empty"), (Array(" \n\t\r\n".utf8), "is empty"), ([0xFF, 0xFE], "is empty"),
      ([0x1F, 0x8B, 8], "gzip"),
      (Array("%PDF-1.7\n".utf8), "pdftotext"), ([0x41, 0, 0x42, 0], "UTF-16"),
    ] as [([UInt8], String)]
  )
  func refused(_ bytes: [UInt8], _ word: String) {
    let failure = #expect(throws: CommandFailure.self) {
      try DocumentCheck.text(of: bytes, name: "book.txt")
    }
    #expect(failure?.code == .badInput)
    #expect(failure?.message.contains(word) == true, "\(failure?.message ?? "")")
    #expect(failure?.message.contains("book.txt") == true)
  }

  @Test("Text is accepted without its mark, also when some of it is no UTF-8")
  func accepted() throws {
    #expect(try DocumentCheck.text(of: Array("\u{FEFF}Grüße\r\n".utf8), name: "x") == Array("Grüße\r\n".utf8))
    let damaged = Array("Hello".utf8) + [0xC3, 0x28, 0xFF]
    #expect(try DocumentCheck.text(of: damaged, name: "x") == damaged)
  }
}
