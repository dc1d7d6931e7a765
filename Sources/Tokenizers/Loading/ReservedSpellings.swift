/// The spellings with a meaning in a chat. Documents and questions must not be able to spell such a token, though
/// a model file may call it one that was added to the vocabulary by hand, like a run of spaces.
struct ReservedSpellings {
  private let template: [UInt8]

  /// The first and the last bytes of names of tokens, such as `<|user|>`, with ASCII's bar and U+FF5C.
  private static let beginnings = [Array("<|".utf8), Array("<\u{FF5C}".utf8)]
  private static let ends = [Array("|>".utf8), Array("\u{FF5C}>".utf8)]

  init(template: String?) { self.template = Array((template ?? "").utf8) }

  /// True for a spelling that looks like the name of a token or is part of the chat template.
  func contains(_ spelling: ArraySlice<UInt8>) -> Bool {
    if Self.beginnings.contains(where: { spelling.starts(with: $0) }) { return true }
    if Self.ends.contains(where: { spelling.suffix($0.count).elementsEqual($0) }) { return true }
    // Templates contain spaces and letters that mean nothing.
    guard spelling.count > 1, !spelling.allSatisfy(Ascii.isSpace), let first = spelling.first else {
      return false
    }
    guard template.count >= spelling.count else { return false }
    return (0...template.count - spelling.count).contains { place in
      template[place] == first && template[place..<place + spelling.count].elementsEqual(spelling)
    }
  }
}
