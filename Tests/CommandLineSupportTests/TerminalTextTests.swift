internal import APITypes
internal import CommandLineSupport
internal import SystemText
internal import Tables
internal import Testing

@Suite("Text for a terminal")
struct TerminalTextTests {
  @Test(
    "What a terminal would act on is written out",
    arguments: [
      ("\u{1B}[31mred\u{1B}[0m", "\\u{1B}[31mred\\u{1B}[0m"), ("a\nb\r\nc\td", "a\\nb\\r\\nc\\td"),
      ("\u{0}\u{7}\u{8}\u{7F}", "\\u{00}\\u{07}\\u{08}\\u{7F}"), ("\u{9B}2J\u{85}", "\\u{9B}2J\\u{85}"),
      ("exe\u{202E}txt.\u{202C}", "exe\\u{202E}txt.\\u{202C}"), ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
      ("one\u{2028}two\u{2029}", "one\\u{2028}two\\u{2029}"),
      ("b\u{10F0E4}r", "b\\xe4r"),
    ]
  )
  func escapes(_ text: String, _ shown: String) {
    #expect(TerminalText.line(text) == shown)
    #expect(TerminalText.line(shown) == shown)
  }

  @Test(
    "Numbers that are no characters are written out",
    arguments: [0xFFFE, 0xFFFF, 0x10FFFF, 0xFDD0, 0xFDEF] as [UInt32]
  )
  func noCharacters(_ number: UInt32) throws {
    let scalar = try #require(Unicode.Scalar(number))
    #expect(TerminalText.line(String(scalar)) == "\\u{\(String(number, radix: 16, uppercase: true))}")
  }

  @Test(
    "Ordinary text stays",
    arguments: ["", "plain", "Bär, 文書, שלום, 👩‍👩‍👧, e\u{301}, \u{A0}, \\n, \u{200E}"]
  )
  func keeps(_ text: String) {
    #expect(TerminalText.line(text) == text)
    #expect(TerminalText.lines(text) == text)
  }

  @Test("An answer keeps its lines and nothing else")
  func severalLines() {
    #expect(TerminalText.lines("one\r\n\ttwo\u{1B}]0;title\u{7}\n") == "one\n\ttwo\\u{1B}]0;title\\u{07}\n")
  }

  @Test("A long text can be cut")
  func cut() {
    #expect(TerminalText.line("abcdef", limit: 6) == "abcdef")
    #expect(TerminalText.line("abcdefg", limit: 6) == "abcde…")
    #expect(TerminalText.line("ab", limit: 0) == "…")
  }

  @Test("JSON keeps its value")
  func json() throws {
    let value = ["a\u{1B}\u{9B}\u{202E}\n\u{7F}": "é😀"]
    let text = TerminalText.json(try APIJSON.string(value, pretty: true))
    #expect(try APIJSON.decode([String: String].self, from: text.utf8) == value)
    #expect(text.contains("\n") && text.contains("é😀") && text.contains("\\u202E"))
    #expect(!text.unicodeScalars.contains { $0.value == 0x9B || $0.value == 0x7F || $0.value == 0x1B })
  }

  @Test("The cells of a table are one line each, and aligned as they are shown")
  func table() {
    var table = Table([("name", .left), ("n", .right)])
    table.add(["a\n\u{1B}[2J", "1"])
    table.add(["b", "22"])
    #expect(table.lines == ["name           n", "a\\n\\u{1B}[2J   1", "b             22"])
  }

  @Test("Names of documents and workers cannot forge a line")
  func status() {
    let worker = WorkerStatus(
      id: "w1",
      name: "x\nw2  y\u{1B}[1A",
      state: .idle,
      lanes: 1,
      lanesBusy: 0,
      compute: "bf16",
      chunks: 0,
      tokensPerSecond: 0,
      failures: 0,
      lastSeenSeconds: 0
    )
    let lines = StatusText.workers([worker])
    #expect(lines.count == 2 && !lines.joined().contains("\n") && !lines.joined().contains("\u{1B}"))
  }

  @Test("An error is one line")
  func failure() {
    let failure = CommandFailure(.badInput, "No file a\u{1B}]0;x\u{7}\nbraid: all is well.")
    #expect(failure.line == "braid: No file a\\u{1B}]0;x\\u{07} braid: all is well.")
  }
}
