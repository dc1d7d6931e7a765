/// Tells text from what only looks like a document.
public enum DocumentCheck {
  /// Checks that bytes can be a document. Invalid UTF-8 is no reason to refuse them; it is replaced later.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: Its name, for the message.
  /// - Throws: ``CommandFailure`` with status `badInput` for an empty file and for known formats that are no
  ///   text.
  public static func validate(_ bytes: [UInt8], name: String) throws(CommandFailure) {
    for format in formats where bytes.starts(with: format.magic) {
      throw CommandFailure(.badInput, "\(name) is \(format.name), not plain text: \(format.advice).")
    }
    let head = bytes.prefix(8192)
    if head.contains(0) {
      throw CommandFailure(
        .badInput,
        "\(name) holds zero bytes and is no plain text: convert it to UTF-8 text first."
      )
    }
    let isBlank = bytes.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
    if isBlank {
      throw CommandFailure(.badInput, "\(name) is empty: there is nothing to encode.")
    }
  }

  private static let formats: [(magic: [UInt8], name: String, advice: String)] = [
    ([0x1F, 0x8B], "a gzip file", "unpack it with `gunzip`, or pipe it: `zcat FILE | braid run - ...`"),
    ([0x28, 0xB5, 0x2F, 0xFD], "a zstd file", "unpack it with `unzstd` first"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "an xz file", "unpack it with `unxz` first"),
    (Array("BZh".utf8), "a bzip2 file", "unpack it with `bunzip2` first"),
    (Array("%PDF-".utf8), "a PDF file", "extract the text first, for example with `pdftotext`"),
    ([0x50, 0x4B, 0x03, 0x04], "a ZIP file (or an office document)", "extract the text first"),
    (Array("GGUF".utf8), "a GGUF model", "it belongs after --model"),
    ([0xFF, 0xFE], "UTF-16 text", "convert it with `iconv -f UTF-16 -t UTF-8` first"),
    ([0xFE, 0xFF], "UTF-16 text", "convert it with `iconv -f UTF-16 -t UTF-8` first"),
  ]
}
