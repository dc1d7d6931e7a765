internal import Evaluation
internal import ParallelContext
internal import Testing

/// Labelled lists, and the prompts made of them.
@Suite struct ManyShotTests {
  @Test func aListIsReadLineByLine() throws {
    let text = """
      {"text": "Good.", "label": " yes "}

      {"label": "no", "text": "Bad.\\nVery.", "more": 1}
      """
    let examples = try LabelledExample.list(Array(text.utf8))
    #expect(
      examples == [.init(text: "Good.", label: "yes"), .init(text: "Bad.\nVery.", label: "no")]
    )
    #expect(examples[0].prompt == "Text: Good.\nLabel: yes\n\n")
  }

  @Test(
    arguments: [
      ("no JSON", "line 2 is no JSON"), ("[1]", "line 2 is no JSON"),
      (#"{"text": 1, "label": "a"}"#, "line 2 is no"),
      (#"{"text": "a"}"#, "line 2 has no label"), (#"{"text": "a", "label": " "}"#, "line 2 has no label"),
      (#"{"text": "", "label": "a"}"#, "line 2 has no text"),
      (#"{"text": "a", "label": "b\nc"}"#, "several lines"),
      (
        #"{"label": "a", "text": ""# + String(repeating: "x", count: LabelledExample.mostBytes) + "\"}",
        "bytes"
      ),
    ]
  )
  func aBadLineIsNamed(_ line: String, _ words: String) throws {
    let error = #expect(throws: ContextError.self) {
      _ = try LabelledExample.list(Array("{\"text\": \"a\", \"label\": \"b\"}\n\(line)\n".utf8))
    }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func onlyTheFirstLineOfAnAnswerCounts() {
    let example = LabelledExample(text: "a", label: "two words")
    #expect(example.isAnswered(by: " two words\n\nText: b"))
    #expect(!example.isAnswered(by: " two"))
    #expect(!example.isAnswered(by: "\ntwo words"))
    #expect(!example.isAnswered(by: ""))
  }

  @Test func theMajorityIsTheFirstInTheAlphabetOfEquals() {
    func majority(_ labels: [String]) -> String? {
      LabelledExample.majority(of: labels.map { .init(text: "", label: $0) })
    }
    #expect(majority(["b", "a", "b"]) == "b")
    #expect(majority(["b", "a"]) == "a")
    #expect(majority([]) == nil)
  }

  /// Makes a prompt with a token for each byte.
  private func prompt(_ count: Int, context: Int, trials: Int) throws -> ManyShotPrompt {
    let examples = (0..<count).map { LabelledExample(text: "\($0 % 10)", label: "\($0)") }
    return try ManyShotPrompt(examples, context: context, trials: trials, seed: 5) { text in
      text.utf8.map { Int32($0) }
    }
  }

  @Test func wholeExamplesFillTheContextAndThoseAskedForAreNotShown() throws {
    let prompt = try prompt(100, context: 200, trials: 10)
    #expect((200 - 19...200).contains(prompt.tokens.count))
    #expect(prompt.boundaries.count == prompt.tokens.count)
    #expect(prompt.boundaries.count { $0 == 2 } == prompt.shots && prompt.boundaries.last == 2)
    #expect(prompt.asked.count == 10)
    let shown = String(decoding: prompt.tokens.map { UInt8($0) }, as: UTF8.self)
    for example in prompt.asked { #expect(!shown.contains("Label: \(example.label)\n")) }
  }

  @Test func aListThatIsTooShortIsRefused() {
    #expect(throws: ContextError.self) { _ = try prompt(10, context: 100, trials: 10) }
    #expect(throws: ContextError.self) { _ = try prompt(10, context: 1000, trials: 5) }
    #expect(throws: ContextError.self) { _ = try prompt(10, context: 10, trials: 5) }
  }
}
