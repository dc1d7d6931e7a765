/// Finds tokens that are recognised as a whole in text: at each place the longest that begins there.
struct SpecialTokens: Sendable {
  /// The children of all nodes of a trie, by node and byte.
  private var children: [UInt64: Int] = [:]
  /// The token that ends at a node, or -1.
  private var tokens: [Int32] = [-1]
  private var begins = [Bool](repeating: false, count: 256)
  /// True if U+2581 is a space, as in the text of a SentencePiece model.
  private let unescapesSpaces: Bool

  /// True if there are none.
  var isEmpty: Bool { tokens.count == 1 }

  /// Collects the special tokens that fulfil a condition.
  init(_ tables: TokenizerTables, where isIncluded: (Int32) -> Bool = { _ in true }) {
    unescapesSpaces = tables.spaces != nil
    let vocabulary = tables.vocabulary
    for token in 0..<vocabulary.count
    where Vocabulary.isSpecial(vocabulary.types[token]) && isIncluded(Int32(token)) {
      let bytes = spelling(vocabulary.bytes(of: Int32(token)))
      guard let first = bytes.first else { continue }
      begins[Int(first)] = true
      var node = 0
      for byte in bytes {
        let edge = UInt64(node) << 8 | UInt64(byte)
        if let child = children[edge] {
          node = child
        } else {
          children[edge] = tokens.count
          node = tokens.count
          tokens.append(-1)
        }
      }
      if tokens[node] < 0 { tokens[node] = Int32(token) }
    }
  }

  /// The token spelled by exactly these bytes.
  func token(spelled bytes: some Sequence<UInt8>) -> Int32? {
    var node = 0
    for byte in spelling(bytes) {
      guard let child = children[UInt64(node) << 8 | UInt64(byte)] else { return nil }
      node = child
    }
    return tokens[node] < 0 ? nil : tokens[node]
  }

  private func spelling(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    unescapesSpaces ? Spaces.unescaped(bytes) : Array(bytes)
  }

  /// The longest special token at an index, and its end; nil for none.
  func match(_ text: Span<UInt8>, at start: Int) -> (token: Int32, end: Int)? {
    guard begins[Int(text[start])] else { return nil }
    var node = 0
    var index = start
    var found: (token: Int32, end: Int)?
    while index < text.count, let child = children[UInt64(node) << 8 | UInt64(text[index])] {
      node = child
      index += 1
      if tokens[node] >= 0 { found = (tokens[node], index) }
    }
    return found
  }
}
