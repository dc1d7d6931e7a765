internal import Synchronization

/// The treatment of the spelling of a special token, such as `<|im_end|>`, in text.
package enum SpecialTokenHandling: Sendable {
  /// It becomes the special token: for text of one's own, such as a chat template.
  case parse
  /// It is text like any other: for documents and questions, which must not be able to end a turn.
  case asText
}

/// A byte-level BPE tokenizer.
///
/// It is safe to share: concurrent calls of `encode` use separate memory. Text is not normalised; a byte that
/// the vocabulary cannot spell is left out.
package final class Tokenizer: Sendable {
  let vocabulary: Vocabulary
  private let merges: MergeTable
  private let specials: SpecialTokens
  private let preTokenizer: PreTokenizer
  /// Encoders not in use, with their caches.
  private let spare = Mutex<[PieceEncoder]>([])
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
  package let chatTemplate: ChatTemplate

  /// The number of tokens.
  package var vocabularySize: Int { vocabulary.count }

  private static let stopSpellings = [
    "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|endoftext|>",
  ]

  /// Builds a tokenizer.
  ///
  /// - Parameter configuration: The vocabulary and the rules of the model.
  /// - Throws: ``TokenizerError`` where the pre-tokenizer is unknown or the vocabulary contradicts itself.
  package init(_ configuration: TokenizerConfiguration) throws(TokenizerError) {
    preTokenizer = try PreTokenizer(named: configuration.preTokenizer)
    vocabulary = try Vocabulary(configuration)
    merges = try MergeTable(configuration.merges, vocabulary)
    let specials = SpecialTokens(vocabulary)
    self.specials = specials
    let ends = [configuration.endToken].compactMap { $0 } + configuration.otherEndTokens
    for token in ends + [configuration.beginToken].compactMap({ $0 })
    where token < 0 || Int(token) >= vocabulary.count {
      throw TokenizerError(
        .malformed,
        "the begin or end token \(token) is outside the vocabulary of \(vocabulary.count) tokens"
      )
    }
    beginToken = configuration.beginToken
    endToken = configuration.endToken
    leadingTokens = configuration.addsBeginToken ? configuration.beginToken.map { [$0] } ?? [] : []
    stopTokens = Set(
      Self.stopSpellings.compactMap { specials.token(spelled: $0.utf8) }
        + ends
    )
    chatTemplate = ChatTemplate(configuration.chatTemplate) { specials.token(spelled: $0.utf8) != nil }
  }

  /// Encodes text as tokens, without the leading tokens.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - special: The treatment of the spellings of special tokens.
  /// - Returns: The token ids.
  /// - Complexity: O(n) for text, O(n log n) in the length of a single word.
  package func encode(_ text: String, special: SpecialTokenHandling = .asText) -> [Int32] {
    encode(utf8: Array(text.utf8), special: special)
  }

  /// Encodes UTF-8 as tokens, without the leading tokens.
  ///
  /// Bytes that are not UTF-8 are replaced first; ``UTF8Repair`` can count them.
  ///
  /// - Parameters:
  ///   - bytes: The text.
  ///   - special: The treatment of the spellings of special tokens.
  /// - Returns: The token ids.
  /// - Complexity: O(n) for text, O(n log n) in the length of a single word.
  package func encode(utf8 bytes: [UInt8], special: SpecialTokenHandling = .asText) -> [Int32] {
    let text = UTF8Repair.repaired(bytes).text
    var encoder =
      spare.withLock { $0.popLast() }
      ?? PieceEncoder(vocabulary, merges, ignoresMerges: preTokenizer.ignoresMerges)
    var output: [Int32] = []
    output.reserveCapacity(text.count / 3)
    switch special {
    case .asText: encode(text.span, &encoder, into: &output)
    case .parse: encodeParsing(text.span, &encoder, into: &output)
    }
    spare.withLock { spare in
      if spare.count < Self.mostSpare { spare.append(encoder) }
    }
    return output
  }

  private func encode(_ text: Span<UInt8>, _ encoder: inout PieceEncoder, into output: inout [Int32]) {
    var start = 0
    while start < text.count {
      let end = preTokenizer.end(ofPieceAt: start, in: text)
      encoder.encode(text, start, end, into: &output)
      start = end
    }
  }

  private func encodeParsing(_ text: Span<UInt8>, _ encoder: inout PieceEncoder, into output: inout [Int32]) {
    var start = 0
    var index = 0
    while index < text.count {
      guard let (token, end) = specials.match(text, at: index) else {
        index += 1
        continue
      }
      encode(text.extracting(start..<index), &encoder, into: &output)
      output.append(token)
      start = end
      index = end
    }
    encode(text.extracting(start..<text.count), &encoder, into: &output)
  }
}
