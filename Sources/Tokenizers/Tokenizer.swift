internal import Synchronization

/// The treatment of the spelling of a special token, such as `<|im_end|>`, in text.
package enum SpecialTokenHandling: Sendable {
  /// It becomes the special token: for text of one's own, such as a chat template.
  case parse
  /// It is text like any other: for documents and questions, which must not be able to end a turn.
  case asText
}

/// A tokenizer of byte-level BPE or of SentencePiece's BPE.
///
/// It is safe to share: concurrent calls of `encode` use separate memory. Text is not normalised; a byte that
/// the vocabulary cannot spell is left out, or becomes the unknown token.
package final class Tokenizer: Sendable {
  let tables: TokenizerTables
  private let specials: SpecialTokens
  /// The special tokens that are recognised in any text.
  private let textTokens: SpecialTokens
  /// True if spaces and line ends behind a special token are left out, as Phi-3 wants it.
  private let stripsAfterSpecials: Bool
  /// Encoders not in use, with their caches.
  private let spare = Mutex<[TextEncoder]>([])
  private static let mostSpare = 4

  /// The token that begins a text.
  package let beginToken: Int32?
  /// The token that ends a text or a turn, as the model names it.
  package let endToken: Int32?
  /// The tokens to put before every text: the begin token where the model wants it, else none.
  package let leadingTokens: [Int32]
  /// The tokens after which an answer is over.
  package let stopTokens: Set<Int32>
  /// The format of a chat with the model.
  package let chat: ChatFormat

  /// The number of tokens.
  package var vocabularySize: Int { vocabulary.count }

  var vocabulary: Vocabulary { tables.vocabulary }

  private static let stopSpellings = [
    "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|endoftext|>", "<|end|>", "<end_of_turn>",
  ]

  /// Builds a tokenizer.
  ///
  /// - Parameter configuration: The vocabulary and the rules of the model.
  /// - Throws: ``TokenizerError`` where the pre-tokenizer is unknown or the vocabulary contradicts itself.
  package init(_ configuration: TokenizerConfiguration) throws(TokenizerError) {
    tables = try TokenizerTables(configuration)
    let vocabulary = tables.vocabulary
    let specials = SpecialTokens(tables)
    self.specials = specials
    let ends = [configuration.endToken].compactMap { $0 } + configuration.otherEndTokens
    for token in ends + [configuration.beginToken, configuration.unknownToken].compactMap({ $0 })
    where token < 0 || Int(token) >= vocabulary.count {
      throw TokenizerError(
        .malformed,
        "the begin, end or unknown token \(token) is outside the vocabulary of \(vocabulary.count) tokens"
      )
    }
    beginToken = configuration.beginToken
    endToken = configuration.endToken
    leadingTokens = configuration.addsBeginToken ? configuration.beginToken.map { [$0] } ?? [] : []
    func spelling(_ token: Int32) -> String { String(decoding: vocabulary.bytes(of: token), as: UTF8.self) }
    chat = ChatFormat(
      template: configuration.chatTemplate,
      beginToken: configuration.beginToken.map(spelling),
      endToken: configuration.endToken.map(spelling),
      secondsSince1970: configuration.secondsSince1970
    )
    var stopTokens = Set(
      Self.stopSpellings.compactMap { specials.token(spelled: $0.utf8) }
        + ends + [specials.first(in: chat.ending)].compactMap { $0 }
    )
    // It ends a text where <s> begins one. Elsewhere both are tags of HTML.
    if let begin = specials.token(spelled: "<s>".utf8), vocabulary.types[Int(begin)] == .control,
      let end = specials.token(spelled: "</s>".utf8)
    {
      stopTokens.insert(end)
    }
    self.stopTokens = stopTokens
    let reserved = ReservedSpellings(template: configuration.chatTemplate)
    textTokens = SpecialTokens(tables) { [stopTokens] token in
      vocabulary.types[Int(token)] == .userDefined && !stopTokens.contains(token)
        && !reserved.contains(vocabulary.bytes(of: token))
    }
    stripsAfterSpecials = configuration.stripsAfterSpecialTokens
  }

  /// The tokens before the user's text in a chat that begins with it, the leading tokens included.
  package var chatOpening: [Int32] {
    let tokens = encode(chat.opening, special: .parse)
    // Many templates write the begin token themselves.
    return tokens.starts(with: leadingTokens) ? tokens : leadingTokens + tokens
  }

  /// The tokens after the user's text, up to where the answer begins.
  package var chatClosing: [Int32] { encode(chat.closing, special: .parse, continuing: true) }

  /// Encodes text as tokens, without the leading tokens.
  ///
  /// A SentencePiece model may want a space before a text; it belongs to the tokens.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - special: The treatment of the spellings of special tokens.
  ///   - continuing: True if the text goes on behind other text, so that no space is put before it.
  /// - Returns: The token ids.
  /// - Complexity: O(n) for text, O(n log n) in the length of a single word.
  package func encode(
    _ text: String,
    special: SpecialTokenHandling = .asText,
    continuing: Bool = false
  ) -> [Int32] {
    encode(utf8: Array(text.utf8), special: special, continuing: continuing)
  }

  /// Encodes UTF-8 as tokens, without the leading tokens.
  ///
  /// Bytes that are not UTF-8 are replaced first; ``UTF8Repair`` can count them.
  ///
  /// - Parameters:
  ///   - bytes: The text.
  ///   - special: The treatment of the spellings of special tokens.
  ///   - continuing: True if the text goes on behind other text, so that no space is put before it.
  /// - Returns: The token ids.
  /// - Complexity: O(n) for text, O(n log n) in the length of a single word.
  package func encode(
    utf8 bytes: [UInt8],
    special: SpecialTokenHandling = .asText,
    continuing: Bool = false
  ) -> [Int32] {
    var text = UTF8Repair.repaired(bytes).text
    if let spaces = tables.spaces { text = spaces.unescapedText(text) }
    var encoder = spare.withLock { $0.popLast() } ?? TextEncoder(tables)
    var output: [Int32] = []
    output.reserveCapacity(text.count / 3)
    let known = special == .parse ? specials : textTokens
    if known.isEmpty {
      encode(text.span, opens: !continuing, isFirst: !continuing, isLast: true, &encoder, into: &output)
    } else {
      encode(text.span, known, continuing: continuing, &encoder, into: &output)
    }
    spare.withLock { spare in
      if spare.count < Self.mostSpare { spare.append(encoder) }
    }
    return output
  }

  /// Encodes the text between the known special tokens, and these as themselves.
  private func encode(
    _ text: Span<UInt8>,
    _ known: SpecialTokens,
    continuing: Bool,
    _ encoder: inout TextEncoder,
    into output: inout [Int32]
  ) {
    var start = 0
    var opens = !continuing
    var isFirst = !continuing
    var index = 0
    while index < text.count {
      guard let (token, end) = known.match(text, at: index) else {
        index += 1
        continue
      }
      // A text goes on behind a token that was added to the vocabulary by hand, and begins anew behind others.
      let isPartOfText = vocabulary.types[Int(token)] == .userDefined
      if start < index {
        let part = text.extracting(start..<index)
        encode(part, opens: opens, isFirst: isFirst, isLast: !isPartOfText, &encoder, into: &output)
      }
      output.append(token)
      opens = true
      isFirst = !isPartOfText
      index = end
      if strips(after: token) { while index < text.count, Ascii.isSpace(text[index]) { index += 1 } }
      start = index
    }
    guard start < text.count else { return }
    let part = text.extracting(start..<text.count)
    encode(part, opens: opens, isFirst: isFirst, isLast: true, &encoder, into: &output)
  }

  private func encode(
    _ text: Span<UInt8>,
    opens: Bool,
    isFirst: Bool,
    isLast: Bool,
    _ encoder: inout TextEncoder,
    into output: inout [Int32]
  ) {
    guard let spaces = tables.spaces, spaces.removesExtra || spaces.addsPrefix && opens else {
      return encoder.encode(text, into: &output)
    }
    let normalised = spaces.normalised(text, opens: opens, isFirst: isFirst, isLast: isLast)
    encoder.encode(normalised.span, into: &output)
  }

  private func strips(after token: Int32) -> Bool {
    guard stripsAfterSpecials else { return false }
    let spelling = vocabulary.bytes(of: token)
    return !["<unk>", "<s>", "<|endoftext|>"].contains { $0.utf8.elementsEqual(spelling) }
  }
}
