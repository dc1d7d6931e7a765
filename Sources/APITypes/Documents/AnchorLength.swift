/// The length of the anchor, the first tokens of the document behind which every chunk is encoded at its own
/// place.
package enum AnchorLength: Hashable, Sendable {
  /// As many tokens as a chunk is meant to have, as in Star Attention.
  case chunk
  /// So many tokens.
  case tokens(Int)
}

extension AnchorLength: RawRepresentable, Codable {
  /// `chunk`, or the number of tokens.
  package var rawValue: String {
    switch self {
    case .chunk: "chunk"
    case .tokens(let count): String(count)
    }
  }

  /// Reads `chunk` or a number of tokens from 0 to 65,536; nil for anything else.
  package init?(rawValue: String) {
    if rawValue == "chunk" {
      self = .chunk
    } else if let count = Int(rawValue), (0...1 << 16).contains(count) {
      self = .tokens(count)
    } else {
      return nil
    }
  }
}
