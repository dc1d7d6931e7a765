/// Finds tokens that are recognised as a whole in text: at each place the longest that begins there.
struct SpecialTokens: Sendable {
  /// The children of all nodes of a trie, by node and byte.
  private var children: IntegerTable
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
    var spellings: [(token: Int32, bytes: [UInt8])] = []
    for token in 0..<Int32(vocabulary.count)
    where Vocabulary.isSpecial(vocabulary.types[Int(token)]) && isIncluded(token) {
      let bytes = Self.spelling(vocabulary.bytes(of: token), unescapesSpaces)
      if !bytes.isEmpty { spellings.append((token, bytes)) }
    }
    children = IntegerTable(capacity: spellings.reduce(0) { $0 + $1.bytes.count })
    for (token, bytes) in spellings {
      begins[Int(bytes[0])] = true
      var node = 0
      for byte in bytes {
        if let child = child(node, byte) {
          node = child
        } else {
          children[Self.edge(node, byte)] = UInt64(tokens.count)
          node = tokens.count
          tokens.append(-1)
        }
      }
      if tokens[node] < 0 { tokens[node] = token }
    }
  }

  /// The token spelled by exactly these bytes.
  func token(spelled bytes: some Sequence<UInt8>) -> Int32? {
    var node = 0
    for byte in Self.spelling(bytes, unescapesSpaces) {
      guard let child = child(node, byte) else { return nil }
      node = child
    }
    return tokens[node] < 0 ? nil : tokens[node]
  }

  private static func spelling(_ bytes: some Sequence<UInt8>, _ unescapesSpaces: Bool) -> [UInt8] {
    unescapesSpaces ? Spaces.unescaped(bytes) : Array(bytes)
  }

  @inline(__always)
  private func child(_ node: Int, _ byte: UInt8) -> Int? {
    let child = children[Self.edge(node, byte)]
    return child == IntegerTable.none ? nil : Int(child)
  }

  @inline(__always)
  private static func edge(_ node: Int, _ byte: UInt8) -> UInt64 { UInt64(node) << 8 | UInt64(byte) }

  /// The special token that a text begins with, behind white space; nil for none.
  func first(in text: String) -> Int32? {
    let bytes = Array(text.utf8.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") })
    return bytes.isEmpty ? nil : match(bytes.span, at: 0)?.token
  }

  /// The longest special token at an index, and its end; nil for none.
  func match(_ text: Span<UInt8>, at start: Int) -> (token: Int32, end: Int)? {
    guard begins[Int(text[start])] else { return nil }
    var node = 0
    var index = start
    var found: (token: Int32, end: Int)?
    while index < text.count, let child = child(node, text[index]) {
      node = child
      index += 1
      if tokens[node] >= 0 { found = (tokens[node], index) }
    }
    return found
  }
}
