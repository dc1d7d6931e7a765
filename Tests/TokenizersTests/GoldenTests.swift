internal import Crypto
internal import Foundation
internal import Testing
internal import Tokenizers

/// The ids that the reference implementation makes of texts.
private struct Golden: Decodable {
  struct Case: Decodable {
    let utf8: Data
    let ids: [Int32]
  }

  struct Document: Decodable {
    let count: Int
    let sha256: String
  }

  let extraMerges: [String]
  let extraTokens: [String]
  let cases: [Case]
  let special: [Case]?
  let document: Document
}

@Suite struct GoldenTests {
  @Test(arguments: ["smollm", "gpt-2", "llama-bpe", "qwen2"]) func agreesWithTheReference(family: String)
    throws
  {
    let golden = try JSONDecoder().decode(Golden.self, from: TestModel.golden("\(family).json"))
    var configuration = try TestModel.configuration()
    configuration.preTokenizer = family
    configuration.merges += golden.extraMerges
    configuration.tokens += golden.extraTokens
    configuration.tokenTypes += golden.extraTokens.map { _ in .normal }
    let tokenizer = try Tokenizer(configuration)
    #expect(golden.cases.count > 300)
    for example in golden.cases {
      let bytes = Array(example.utf8)
      let ids = tokenizer.encode(utf8: bytes)
      #expect(ids == example.ids, "\(family): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
    }
    for example in golden.special ?? [] {
      let ids = tokenizer.encode(utf8: Array(example.utf8), special: .parse)
      #expect(ids == example.ids, "\(String(decoding: example.utf8, as: UTF8.self).debugDescription)")
    }
    let ids = tokenizer.encode(utf8: try TestModel.document())
    let packed = ids.flatMap { id in withUnsafeBytes(of: id.littleEndian) { Array($0) } }
    let digest = SHA256.hash(data: packed).map { String(format: "%02x", $0) }.joined()
    #expect(ids.count == golden.document.count)
    #expect(digest == golden.document.sha256)
  }

  @Test func classesAgreeWithTheReference() throws {
    let ranges = try JSONDecoder().decode([String: [[UInt32]]].self, from: TestModel.golden("classes.json"))
    var expected = [ScalarClass](repeating: .other, count: 0x110000)
    for (name, kind) in [("letter", ScalarClass.letter), ("number", .number), ("space", .space)] {
      for range in try #require(ranges[name]) {
        for scalar in range[0]...range[1] { expected[Int(scalar)] = kind }
      }
    }
    var wrong: [UInt32] = []
    for scalar in (0 as UInt32)..<0x110000 where ScalarClass.of(scalar) != expected[Int(scalar)] {
      wrong.append(scalar)
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(10).map { String($0, radix: 16) })")
  }

  @Test func categoriesAgreeWithTheReference() throws {
    let ranges = try JSONDecoder().decode(
      [String: [[UInt32]]].self,
      from: TestModel.golden("categories.json")
    )
    var expected = [ScalarCategory?](repeating: nil, count: 0x110000)
    let names: [(String, ScalarCategory)] = [
      ("upper", .upper), ("lower", .lower), ("caseless", .caseless), ("mark", .mark),
      ("punctuation", .punctuation),
      ("symbol", .symbol),
    ]
    for (name, category) in names {
      for range in try #require(ranges[name]) {
        for scalar in range[0]...range[1] { expected[Int(scalar)] = category }
      }
    }
    var wrong: [UInt32] = []
    for scalar in (0 as UInt32)..<0x110000 {
      let category: ScalarCategory? =
        switch ScalarCategory.of(scalar) {
        case .number, .space, .other: nil
        case .laterPunctuation: .punctuation
        case let category: category
        }
      if category != expected[Int(scalar)] { wrong.append(scalar) }
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(10).map { String($0, radix: 16) })")
  }
}
