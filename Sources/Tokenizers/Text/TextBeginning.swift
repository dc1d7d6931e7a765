/// The beginning of a decoded text, where the space is left out that was put there for a SentencePiece model.
struct TextBeginning: Sendable {
  private var isHere: Bool
  /// True if a space is left out of each token until a text is there.
  private let removesExtra: Bool

  /// Begins a text by the rules for spaces, if there are any.
  init(_ spaces: Spaces?) {
    isHere = spaces.map { $0.addsPrefix || $0.removesExtra } ?? false
    removesExtra = spaces?.removesExtra ?? false
  }

  /// The part of the next token's bytes that is shown.
  mutating func shown(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard isHere, let first = bytes.first else { return bytes }
    let rest = first == Ascii.space ? bytes.dropFirst() : bytes
    isHere = removesExtra && rest.isEmpty
    return rest
  }
}
