/// A format of files that are not plain text, recognised by their first bytes.
struct FileFormat: Sendable {
  /// The name, with its article.
  let name: String
  /// The advice to a user.
  let advice: String
  private let magic: [UInt8]
  /// The offset of the bytes in the file.
  private let offset: Int

  private init(_ name: String, _ magic: [UInt8], at offset: Int = 0, _ advice: String) {
    (self.name, self.magic, self.offset, self.advice) = (name, magic, offset, advice)
  }

  private init(_ name: String, _ magic: String, at offset: Int = 0, _ advice: String) {
    self.init(name, Array(magic.utf8), at: offset, advice)
  }

  /// The format of a file; nil for none of these.
  static func of(_ bytes: [UInt8]) -> FileFormat? {
    let known = known.first { bytes.dropFirst($0.offset).starts(with: $0.magic) }
    // Readers of page descriptions look for their mark behind line ends.
    return known
      ?? pages.first { bytes.drop { $0 == 0x0A || $0 == 0x0D || $0 == 0x20 }.starts(with: $0.magic) }
  }

  private static let pages: [FileFormat] = [
    .init("a PDF file", "%PDF-", "convert it to text, for example with `pdftotext`"),
    .init("a PostScript file", "%!PS", "convert it to text, for example with `ps2ascii`"),
    .init("an RTF file", "{\\rtf1", "convert it to text, for example with `unrtf --text`"),
  ]

  private static let known: [FileFormat] =
    [
      .init("a ZIP archive, as .docx and .epub files are", [0x50, 0x4B, 3, 4], extract),
      .init("an empty ZIP archive", [0x50, 0x4B, 5, 6], extract),
      .init("an old office document", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], extract),
      .init("a gzip file", [0x1F, 0x8B], "unpack it first, for example with `gunzip`"),
      .init("a zstd file", [0x28, 0xB5, 0x2F, 0xFD], "unpack it first, for example with `unzstd`"),
      .init("an xz file", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "unpack it first, for example with `unxz`"),
      .init("an LZ4 file", [0x04, 0x22, 0x4D, 0x18], "unpack it first, for example with `unlz4`"),
      .init("a 7z archive", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "unpack it first"),
      .init("a RAR archive", [0x52, 0x61, 0x72, 0x21, 0x1A, 7], "unpack it first"),
      .init("a tar archive", "ustar", at: 257, "unpack it first, for example with `tar -x`"),
      .init("an image", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], picture),
      .init("an image", [0xFF, 0xD8, 0xFF], picture), .init("an image", "GIF87a", picture),
      .init("an image", "GIF89a", picture), .init("an image", [0x49, 0x49, 0x2A, 0], picture),
      .init("an image", [0x4D, 0x4D, 0, 0x2A], picture),
      .init("a program", [0x7F, 0x45, 0x4C, 0x46], "only text can be encoded"),
      .init(
        "a database",
        "SQLite format 3\0",
        "export its text first, for example with `sqlite3 FILE .dump`"
      ),
    ]
    + (1...9).flatMap { digit in
      let version = UInt8(digit)
      return [
        // A text may begin with the same letters.
        FileFormat(
          "a bzip2 file",
          Array("BZh".utf8) + [0x30 + version, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59],
          "unpack it first, for example with `bunzip2`"
        ),
        FileFormat("a GGUF model", Array("GGUF".utf8) + [version], "it belongs after --model"),
      ]
    }

  private static let extract = "extract the text first"
  private static let picture =
    "only text can be encoded: recognise its text first, for example with `tesseract`"
}
