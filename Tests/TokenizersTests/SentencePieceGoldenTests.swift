internal import Foundation
internal import Testing
internal import Tokenizers

/// A tiny SentencePiece vocabulary, and the ids and texts that the reference implementation makes with it.
private struct Golden: Decodable {
  struct Case: Decodable {
    let utf8: Data
    let ids: [Int32]
    let text: String?
  }

  let tokens: [String]
  let types: [Int]
  let scores: [Float]
  let addsSpacePrefix: Bool
  let removesExtraSpaces: Bool
  let cases: [Case]

  func tokenizer() throws -> Tokenizer {
    var configuration = TokenizerConfiguration(
      sentencePieces: tokens,
      tokenTypes: types.map { TokenizerConfiguration.TokenType(rawValue: $0) },
      scores: scores,
      beginToken: 1,
      endToken: 2
    )
    configuration.addsSpacePrefix = addsSpacePrefix
    configuration.removesExtraSpaces = removesExtraSpaces
    return try Tokenizer(configuration)
  }
}

@Suite struct SentencePieceGoldenTests {
  @Test(arguments: ["prefix", "gemma", "single-spaces", "unknown", "ties"])
  func agreesWithTheReference(name: String) throws {
    let golden = try JSONDecoder().decode(Golden.self, from: TestModel.golden("pieces/\(name).json"))
    let tokenizer = try golden.tokenizer()
    #expect(golden.cases.count > 300)
    for example in golden.cases {
      let bytes = Array(example.utf8)
      let spelling = String(decoding: bytes, as: UTF8.self).debugDescription
      #expect(tokenizer.encode(utf8: bytes) == example.ids, "\(name): \(spelling)")
      // The reference writes U+FFFD for each byte of a broken character.
      guard let text = example.text else { continue }
      let decoded = tokenizer.decode(example.ids)
      #expect(decoded.utf8.elementsEqual(text.utf8), "\(name): \(spelling)")
      var decoder = StreamDecoder(tokenizer)
      let streamed = example.ids.map { decoder.append($0) }.joined() + decoder.finish()
      #expect(streamed.utf8.elementsEqual(decoded.utf8), "\(name): \(spelling)")
    }
  }
}
