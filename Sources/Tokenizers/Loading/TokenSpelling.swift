/// The text that a token stands for.
struct TokenSpelling {
  /// The bytes of the text.
  let bytes: [UInt8]
  /// True if merging may make the token.
  let isPiece: Bool

  /// Reads the spelling of a byte-level token, in the byte-level alphabet.
  init(byteLevel token: String, _ type: TokenizerConfiguration.TokenType) {
    if !Vocabulary.isSpecial(type), let bytes = ByteAlphabet.bytes(of: token) {
      self.bytes = bytes
      isPiece = !bytes.isEmpty
    } else {
      bytes = Array(token.utf8)
      isPiece = false
    }
  }

  /// Reads the spelling of a SentencePiece token, in which U+2581 is a space.
  ///
  /// Only normal tokens are made by merging: not a control token, so that no document can spell one. No text has
  /// the spaces of a token that is spelled with spaces.
  ///
  /// - Throws: ``TokenizerError`` for a byte that is not spelled as `<0x0A>` is.
  init(sentencePiece token: String, _ type: TokenizerConfiguration.TokenType) throws(TokenizerError) {
    switch type {
    case .normal:
      bytes = Spaces.unescaped(token.utf8)
      isPiece = !bytes.isEmpty && !token.utf8.contains(Ascii.space)
    case .control, .unknown:
      bytes = Array(token.utf8)
      isPiece = false
    case .byte:
      let spelling = Array(token.utf8)
      guard spelling.count == 6, token.hasPrefix("<0x"), token.hasSuffix(">"),
        let high = Self.digit(spelling[3]), let low = Self.digit(spelling[4])
      else {
        throw TokenizerError(.malformed, "the byte token \(token) is not spelled as <0x0A> is")
      }
      bytes = [high << 4 | low]
      isPiece = false
    default:
      bytes = Spaces.unescaped(token.utf8)
      isPiece = false
    }
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
