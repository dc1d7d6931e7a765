internal import APITypes
internal import HTTPAPI
internal import Testing

@Suite("Documents as text")
struct DocumentTextTests {
  private static let story = "Grüße, 世界 🌍!\r\n"

  private static func bytes<Unit: FixedWidthInteger>(_ units: some Sequence<Unit>, isBigEndian: Bool = false)
    -> [UInt8]
  {
    units.flatMap { unit in
      withUnsafeBytes(of: isBigEndian ? unit.bigEndian : unit.littleEndian) { Array($0) }
    }
  }

  private func refusal(_ bytes: [UInt8]) -> ServiceError? {
    do throws(ServiceError) {
      _ = try DocumentText(bytes, name: "book.txt")
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "A byte order mark decides how a text is read, and is dropped",
    arguments: [
      Array(story.utf8), [0xEF, 0xBB, 0xBF] + Array(story.utf8), [0xFF, 0xFE] + bytes(story.utf16),
      [0xFE, 0xFF] + bytes(story.utf16, isBigEndian: true),
      [0xFF, 0xFE, 0, 0] + bytes(story.unicodeScalars.map(\.value)),
      [0, 0, 0xFE, 0xFF] + bytes(story.unicodeScalars.map(\.value), isBigEndian: true),
    ]
  )
  func marks(_ bytes: [UInt8]) throws {
    #expect(try DocumentText(bytes, name: "x").bytes == Array(Self.story.utf8))
  }

  @Test(
    "What has no word is empty, whatever its encoding",
    arguments: [
      [], [0xEF, 0xBB, 0xBF], [0xFF, 0xFE], [0xFE, 0xFF], [0xFF, 0xFE, 0, 0], [0, 0, 0xFE, 0xFF],
      Array(" \n\t\r\n".utf8), [0xEF, 0xBB, 0xBF, 0x20, 0x0A], [0xFF, 0xFE, 0x20, 0, 0x0A, 0],
      Array("\u{FEFF}\u{FEFF}\u{A0}\u{2003}".utf8),
    ] as [[UInt8]]
  )
  func empty(_ bytes: [UInt8]) throws {
    let refusal = try #require(self.refusal(bytes))
    #expect(refusal == ServiceError(.badInput, "book.txt is empty: there is nothing to encode."))
  }

  @Test(
    "What is no text is refused by the name of what it is",
    arguments: [
      (Array("%PDF-1.7\nall ASCII".utf8), "a PDF file"), (Array("\r\n%PDF-1.7\n".utf8), "a PDF file"),
      (Array("\u{FEFF}%PDF-1.7\n".utf8), "a PDF file"),
      ([0xFF, 0xFE] + bytes("%PDF-1.7\n".utf16), "a PDF file"),
      (Array("%!PS-Adobe-3.0\n".utf8), "a PostScript file"),
      (Array("{\\rtf1\\ansi text}".utf8), "an RTF file"), ([0x50, 0x4B, 3, 4] + Array("docx".utf8), "ZIP"),
      ([0x1F, 0x8B, 8], "gzip"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd"),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz"),
      (Array("BZh91AY&SY".utf8), "bzip2"), ([0x89] + Array("PNG\r\n\u{1A}\n".utf8), "image"),
      ([0xFF, 0xD8, 0xFF, 0xE0], "image"), ([0x7F] + Array("ELF".utf8), "program"),
      (Array("GGUF\u{3}".utf8), "GGUF"),
      (bytes("Hello".utf16), "iconv -f UTF-16LE"),
      (bytes("Hello".utf16, isBigEndian: true), "iconv -f UTF-16BE"),
      (Array(repeating: 0, count: 100), "zero bytes"),
      (Array(1...7) + Array("abc".utf8), "control characters"),
    ] as [([UInt8], String)]
  )
  func refused(_ bytes: [UInt8], _ word: String) throws {
    let refusal = try #require(self.refusal(bytes))
    #expect(refusal.code == .notText && refusal.code.httpStatusCode == 415)
    #expect(refusal.message.hasPrefix("book.txt ") && refusal.message.contains(word), "\(refusal.message)")
  }

  @Test("The whole of a document is looked at, not only its beginning")
  func behindTheBeginning() throws {
    let text = Array(String(repeating: "All is well here.\n", count: 10_000).utf8)
    #expect(try DocumentText(text, name: "x").bytes == text)
    #expect(try #require(self.refusal(text + [0])).message.contains("zero bytes, the first at byte 180000"))
    let noise = (0..<4_000).map { UInt8(0x80 + $0 % 0x80) }
    #expect(try #require(self.refusal(text + noise)).message.contains("not UTF-8"))
    // In an encoding that a mark announces as well.
    let wide = [0xFF, 0xFE] + Self.bytes(String(decoding: text, as: UTF8.self).utf16)
    #expect(try #require(self.refusal(wide + [0, 0])).message.contains("zero bytes"))
    #expect(
      try #require(self.refusal(wide + (0..<4_000).flatMap { _ in [0, 0xDC] as [UInt8] })).message.contains(
        "not UTF-8"
      )
    )
  }

  @Test("A few invalid bytes are left, to be replaced and counted later")
  func repaired() throws {
    let text = Array("Some text.".utf8) + [0xC3, 0x28, 0xFF]
    #expect(try DocumentText(text, name: "x").bytes == text)
    // A surrogate without its other half, and a byte too many.
    let wide: [UInt8] = [0xFF, 0xFE, 0x41, 0, 0x3D, 0xD8, 0x42, 0, 0x43]
    #expect(try DocumentText(wide, name: "x").bytes == [0x41, 0xFF, 0x42, 0xFF])
    let latin = Array("Gru".utf8) + [0xDF] + Array(", sch".utf8) + [0xF6] + Array("n.\n".utf8)
    let book = Array(repeatElement(latin, count: 100).joined())
    #expect(try #require(self.refusal(book)).message.contains("200 of its 1300 bytes"))
    #expect(try #require(self.refusal(book)).message.contains("iconv -f ISO-8859-1"))
  }

  @Test(
    "Text that begins like a file of another kind is taken",
    arguments: [
      "%PD", "PK", "BZh is how bzip2 begins", "GGUF is a file format", "GIF, PNG and JPEG", "\u{1B}[1mbold",
    ]
  )
  func taken(_ text: String) throws {
    #expect(try DocumentText(Array(text.utf8), name: "x").bytes == Array(text.utf8))
  }

  @Test(
    "A body in a form is refused with the way to send it",
    arguments: [
      ("application/x-www-form-urlencoded", "--data-binary"),
      ("Application/X-WWW-Form-URLencoded; charset=utf-8", "text/plain"),
      ("multipart/form-data; boundary=x", "multipart"),
      ("application/json", "application/json"), ("text/plain; charset=ISO-8859-1", "iso-8859-1"),
    ]
  )
  func forms(_ type: String, _ word: String) throws {
    let error = #expect(throws: ServiceError.self) { try DocumentBody.check(contentType: type) }
    #expect(error?.code == .notText)
    #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
  }

  @Test(
    "A body that is a text by its type is left to its bytes",
    arguments: [
      nil, "text/plain", "text/plain; charset=UTF-8", "text/plain;charset=\"utf-16\"", "application/pdf", "",
    ]
  )
  func texts(_ type: String?) throws {
    try DocumentBody.check(contentType: type)
  }
}
