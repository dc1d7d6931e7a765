internal import SystemText
internal import Testing

@Suite("Text of the system")
struct SystemTextTests {
  /// Every byte alone, valid text, cut sequences, surrogates, overlong forms, and scalars of the private area.
  static let names: [[UInt8]] =
    (0...255).map { [UInt8($0)] } + [
      [], Array("b\u{E4}r.txt".utf8), [0x62, 0xE4, 0x72], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98, 0x41],
      [0xED, 0xA0, 0x80],
      [0xC0, 0xAF], [0xFF, 0xFE, 0x00, 0xC3, 0xA4], Array("\u{10F0E4}".utf8),
      Array("\u{10F000}\u{10F0FF}\u{10FFFF}".utf8),
      Array("\u{10F0E4}".utf8).dropLast() + [0xE4], Array("\u{10F0E4}".utf8) + [0x80],
    ]

  @Test("Every name comes back as it was", arguments: names)
  func reversible(_ bytes: [UInt8]) {
    #expect(SystemText.bytes(SystemText.text(bytes)) == bytes)
  }

  @Test("Names that differ have texts that differ")
  func distinct() {
    let texts = Self.names.map { SystemText.text($0) }
    #expect(Set(texts).count == Set(Self.names).count)
  }

  @Test("UTF-8 stays as it is")
  func plain() {
    #expect(SystemText.text("b\u{E4}r \u{1F600}.txt".utf8) == "b\u{E4}r \u{1F600}.txt")
    #expect(SystemText.bytes("b\u{E4}r") == Array("b\u{E4}r".utf8))
  }

  @Test("A path can be cut at slashes and put together")
  func parts() {
    let path = SystemText.text([0x2F, 0xE4, 0x2F, 0xF6, 0x2E])
    #expect(path.split(separator: "/").map { SystemText.bytes($0) } == [[0xE4], [0xF6, 0x2E]])
    #expect(SystemText.bytes("\(path)x") == [0x2F, 0xE4, 0x2F, 0xF6, 0x2E, 0x78])
  }

  @Test("People see which bytes they are")
  func shown() {
    #expect(SystemText.shown(SystemText.text([0x62, 0xE4, 0x72])) == "b\\xe4r")
    #expect(SystemText.shown("b\u{E4}r") == "b\u{E4}r")
  }

  @Test("A call of the system gets the bytes with a zero behind them")
  func lent() {
    let bytes = SystemText.withBytes(SystemText.text([0x62, 0xE4])) { start in
      (0..<3).map { UInt8(bitPattern: start[$0]) }
    }
    #expect(bytes == [0x62, 0xE4, 0])
  }
}
