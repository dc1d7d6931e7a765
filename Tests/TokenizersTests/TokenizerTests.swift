internal import Foundation
internal import Testing
internal import Tokenizers

/// A vocabulary of some single bytes, two words and a control token.
private func small() -> TokenizerConfiguration {
  TokenizerConfiguration(
    tokens: ["<|end|>", "a", "b", "c", "Ġ", "Ċ", "ab", "Ġab", "<tool>"],
    tokenTypes: [.control, .normal, .normal, .normal, .normal, .normal, .normal, .normal, .userDefined],
    merges: ["a b", "Ġ ab"],
    preTokenizer: "gpt-2",
    beginToken: 0,
    endToken: 0
  )
}

@Suite struct TokenizerTests {
  @Test func mergesByRank() throws {
    let tokenizer = try Tokenizer(small())
    #expect(tokenizer.encode("ab abc\nab") == [6, 7, 3, 5, 6])
    #expect(tokenizer.encode("") == [])
    #expect(tokenizer.vocabularySize == 9)
    #expect(tokenizer.decode([6, 7, 3, 5, 6]) == "ab abc\nab")
  }

  @Test func leavesOutWhatItCannotSpell() throws {
    #expect(try Tokenizer(small()).encode("azb") == [6])
  }

  @Test func parsesSpecialTokensOnlyWhenAsked() throws {
    let tokenizer = try Tokenizer(small())
    #expect(tokenizer.encode("ab<|end|>ab", special: .parse) == [6, 0, 6])
    #expect(tokenizer.encode("<tool>a", special: .parse) == [8, 1])
    #expect(tokenizer.encode("ab<|end|>ab") == [6, 6])
    #expect(tokenizer.decode([6, 0, 8, 6]) == "ab<tool>ab")
    #expect(tokenizer.decode([6, 0, 6], showingControl: true) == "ab<|end|>ab")
    #expect(tokenizer.isControl(0))
    #expect(!tokenizer.isControl(8))
    #expect(tokenizer.stopTokens == [0])
  }

  @Test func putsTheBeginTokenFirstWhereAsked() throws {
    var configuration = small()
    #expect(try Tokenizer(configuration).leadingTokens == [])
    configuration.addsBeginToken = true
    #expect(try Tokenizer(configuration).leadingTokens == [0])
  }

  @Test func passesOverIdsOutsideTheVocabulary() throws {
    let tokenizer = try Tokenizer(small())
    #expect(tokenizer.decode([-1, 1, 99, .max, .min]) == "a")
    #expect(tokenizer.bytes(of: 9) == [])
    #expect(tokenizer.boundaries(of: [-5, 5, 1000]) == [0, 1, 0])
  }

  @Test func refusesUnsoundVocabularies() throws {
    func message(_ change: (inout TokenizerConfiguration) -> Void) -> String {
      var configuration = small()
      change(&configuration)
      do {
        _ = try Tokenizer(configuration)
        return ""
      } catch { return error.message }
    }
    let unknown = message { $0.preTokenizer = "bloom" }
    #expect(unknown.contains("bloom") && unknown.contains("smollm") && unknown.contains("qwen2"))
    #expect(message { $0.tokens = [] }.contains("0 tokens"))
    #expect(message { $0.tokenTypes = [.normal] }.contains("kinds of 1"))
    #expect(message { $0.merges.append("a") }.contains("merge 2"))
    #expect(message { $0.merges.append("a b c") }.contains("merge 2"))
    #expect(message { $0.merges.append("a c") }.contains("outside the vocabulary"))
    #expect(message { $0.endToken = 9 }.contains("9"))
    #expect(message { _ in } == "")
  }

  @Test func roundTripsTheDocument() throws {
    let tokenizer = try TestModel.tokenizer.get()
    let document = try TestModel.document()
    let ids = tokenizer.encode(utf8: document)
    #expect(ids.flatMap { tokenizer.bytes(of: $0) } == document)
    #expect(tokenizer.decode(ids) == String(decoding: document, as: UTF8.self))
  }

  @Test func encodesInManyTasksAlike() async throws {
    let tokenizer = try TestModel.tokenizer.get()
    let document = Array(try TestModel.document().prefix(20_000))
    let expected = tokenizer.encode(utf8: document)
    let same = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 { group.addTask { tokenizer.encode(utf8: document) == expected } }
      return await group.reduce(true) { $0 && $1 }
    }
    #expect(same)
  }
}

@Suite(.serialized) struct TokenizerSpeedTests {
  @Test func encodesEnglishQuickly() throws {
    let tokenizer = try TestModel.tokenizer.get()
    let document = try TestModel.document()
    let clock = ContinuousClock()
    let cold = clock.measure { _ = tokenizer.encode(utf8: document) }
    var ids = 0
    let warm = clock.measure { for _ in 0..<5 { ids += tokenizer.encode(utf8: document).count } }
    func speed(_ bytes: Int, _ time: Duration) -> Double { Double(bytes) / 1e6 / (time / .seconds(1)) }
    print("tokenizer: \(speed(document.count, cold)) MB/s cold, \(speed(5 * document.count, warm)) MB/s warm")
    #expect(ids > 0)
    #expect(speed(5 * document.count, warm) > 5)
  }

  @Test(arguments: ["a", "ab", " ", "\n", "!", "<", "中", "1", "'s", "e\u{301}", " a"]) func staysNearLinear(
    unit: String
  ) throws {
    let tokenizer = try TestModel.tokenizer.get()
    let text = String(repeating: unit, count: 1_000_000 / unit.utf8.count)
    let clock = ContinuousClock()
    var ids: [Int32] = []
    let time = clock.measure { ids = tokenizer.encode(text, special: .parse) }
    print("1 MB of \(unit.debugDescription): \(time)")
    #expect(tokenizer.decode(ids) == text)
    #expect(time < .seconds(10))
  }
}
