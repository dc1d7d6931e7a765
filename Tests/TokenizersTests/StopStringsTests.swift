internal import Testing
internal import Tokenizers

/// The ends of texts, however they are cut into pieces.
@Suite struct StopStringsTests {
  private func run(_ pieces: [String], _ strings: [String]) -> (pieces: [String], found: Bool) {
    var stops = StopStrings(strings)
    var shown = pieces.map { stops.append($0) }
    let found = stops.isComplete
    shown.append(stops.finish())
    return (shown, found)
  }

  @Test(
    arguments: [
      (["Hello", " wor", "ld. More"], ["."], ["Hello", " wor", "ld"], true),
      (["a\n", "\nb"], ["\n\n"], ["a"], true),
      (["a\n", "b\n"], ["\n\n"], ["a", "\nb", "\n"], false),
      (["EN", "EN", "D!"], ["END"], ["EN"], true),
      (["aab", "aac"], ["aabaac"], [], true),
      (["x", "END"], ["END", "x"], [], true),
      (["grün", "e Äpf", "el"], ["Äpfel"], ["grün", "e "], true),
      (["no", " stops"], [], ["no", " stops"], false),
      (["an empty", " one"], [""], ["an empty", " one"], false),
    ] as [([String], [String], [String], Bool)]
  )
  func endsBeforeTheString(pieces: [String], strings: [String], shown: [String], found: Bool) {
    let result = run(pieces, strings)
    #expect(result.pieces.filter { !$0.isEmpty } == shown)
    #expect(result.found == found)
  }

  @Test func theLongestOfThoseThatEndTogetherIsCut() {
    #expect(run(["say the end"], ["end", "the end"]).pieces.joined() == "say ")
    #expect(run(["say the end"], ["the", "the end"]).pieces.joined() == "say ")
  }

  @Test func aStringMayBeFoundInCharactersMadeOfSeveralTokens() throws {
    let tokenizer = try TestModel.tokenizer.get()
    var decoder = StreamDecoder(tokenizer)
    var stops = StopStrings(["分😀"])
    var shown: [String] = []
    for token in tokenizer.encode("中文分词 分😀 after") where !stops.isComplete {
      shown.append(stops.append(decoder.append(token)))
    }
    #expect(stops.isComplete)
    #expect(shown.joined() == "中文分词 ")
  }

  @Test func nothingFollowsTheEnd() {
    var stops = StopStrings(["b"])
    #expect(stops.append("abc") == "a")
    #expect(stops.append("def") == "")
    #expect(stops.finish() == "")
  }

  /// Against a search of the whole text, which is cut in all ways, over an alphabet that repeats itself much.
  @Test func cuttingATextOtherwiseChangesNothing() {
    var random = SystemRandomNumberGenerator()
    let letters = ["a", "b", "é"]
    func text(_ lengths: ClosedRange<Int>) -> String {
      (0..<Int.random(in: lengths, using: &random)).map { _ in letters.randomElement(using: &random) ?? "" }
        .joined()
    }
    for _ in 0..<3000 {
      let whole = text(0...24)
      let strings = (0..<Int.random(in: 1...3, using: &random)).map { _ in text(2...5) }
      var pieces: [String] = [""]
      for character in whole {
        if Bool.random(using: &random) { pieces.append("") }
        pieces[pieces.count - 1].append(character)
      }
      let result = run(pieces, strings)
      let expected = searched(Array(whole.utf8), strings.map { Array($0.utf8) })
      #expect(Array(result.pieces.joined().utf8) == expected.shown, "\(pieces) \(strings)")
      #expect(result.found == expected.found)
    }
  }

  private func searched(_ text: [UInt8], _ strings: [[UInt8]]) -> (shown: [UInt8], found: Bool) {
    for end in 0...text.count {
      let ending = strings.filter { text[..<end].reversed().starts(with: $0.reversed()) }
      if let longest = ending.map(\.count).max() { return (Array(text[..<(end - longest)]), true) }
    }
    return (text, false)
  }
}
