internal import Foundation
internal import Testing
internal import Tokenizers

/// A byte-level vocabulary whose merges cross whatever a pre-tokenizer cuts.
private struct GoldenVocabulary: Decodable {
  let tokens: [String]
  let merges: [String]
}

/// The ids that the reference implementation makes with the cuts of one family.
private struct Golden: Decodable {
  struct Case: Decodable {
    let utf8: Data
    let ids: [Int32]
  }

  let cases: [Case]
}

@Suite(.serialized) struct FamilyGoldenTests {
  @Test(
    arguments: [
      ["gpt-2", "phi-2", "mpt", "olmo"], ["smollm", "starcoder", "refact"], ["llama-bpe", "llama3"],
      ["smaug-bpe", "dbrx"],
      ["qwen2", "deepseek-r1-qwen"], ["tekken"], ["gpt-4o", "llama4"], ["deepseek-llm"], ["deepseek-coder"],
      ["falcon"],
    ]
  )
  func agreesWithTheReference(names: [String]) throws {
    let decoder = JSONDecoder()
    let vocabulary = try decoder.decode(
      GoldenVocabulary.self,
      from: TestModel.golden("families/vocabulary.json")
    )
    let golden = try decoder.decode(Golden.self, from: TestModel.golden("families/\(names[0]).json"))
    #expect(golden.cases.count > 300)
    for name in names {
      let tokenizer = try Tokenizer(
        TokenizerConfiguration(tokens: vocabulary.tokens, merges: vocabulary.merges, preTokenizer: name)
      )
      for example in golden.cases {
        let bytes = Array(example.utf8)
        let spelling = String(decoding: bytes, as: UTF8.self).debugDescription
        #expect(tokenizer.encode(utf8: bytes) == example.ids, "\(name): \(spelling)")
      }
    }
  }

  @Test(arguments: ["tekken", "gpt-4o", "deepseek-llm", "deepseek-coder", "falcon"])
  func staysNearLinear(name: String) throws {
    let vocabulary = try JSONDecoder().decode(
      GoldenVocabulary.self,
      from: TestModel.golden("families/vocabulary.json")
    )
    let tokenizer = try Tokenizer(
      TokenizerConfiguration(tokens: vocabulary.tokens, merges: vocabulary.merges, preTokenizer: name)
    )
    for unit in [
      "a", "A", "Aa", "aA", "\u{301}", "\u{301}A", " ", " \u{2003}", "  1", "\u{3000}", "!", "1", "中", "'s",
      "ab. ",
    ] {
      let text = String(repeating: unit, count: 500_000 / unit.utf8.count) + "1"
      var ids: [Int32] = []
      let time = ContinuousClock().measure { ids = tokenizer.encode(text) }
      #expect(tokenizer.decode(ids).utf8.elementsEqual(text.utf8))
      #expect(time < .seconds(5), "\(name): \(unit.debugDescription) took \(time)")
    }
  }
}
