/// A text in which the last tokens of an answer are looked up: what followed them before is a draft of what follows
/// them now.
///
/// Every pair of neighbours is the head of a chain of its earlier places, so that a look-up visits
/// ``mostCandidates`` places at most however long the text is. Text and index take about 16 bytes for each token.
package struct LookupDraft {
  /// A draft, where the text has one.
  package struct Match: Sendable, Hashable {
    /// The place of the drafted tokens in the text.
    package let tokens: Range<Int>
    /// The number of last tokens that are the same before it, ``shortest`` to ``longest``.
    package let length: Int

    /// A match, by its place and length.
    package init(tokens: Range<Int>, length: Int) { (self.tokens, self.length) = (tokens, length) }
  }

  /// The fewest tokens that a match has.
  package static let shortest = 2
  /// The most tokens that are compared: a longer match drafts no better.
  package static let longest = 8
  /// The most places that one look-up visits, the latest first.
  package static let mostCandidates = 64

  /// The text, with the answer so far at its end.
  package private(set) var text: [Int32] = []
  /// The last place of a pair of tokens of each hash, counted from 1 and at its second token; 0 for none.
  private var heads: [Int32]
  private let shift: UInt64
  /// For each token, the place before it of a pair with the same hash.
  private var earlier: [Int32] = []

  /// Indexes a text.
  ///
  /// - Parameters:
  ///   - text: The tokens to draft from, and behind them the question.
  ///   - extra: The number of tokens that will be appended, for which memory is reserved.
  package init(_ text: some Collection<Int32>, extra: Int) {
    // About two slots for each token: fewer would chain unlike pairs.
    let bits = max(10, min(22, Int.bitWidth - text.count.leadingZeroBitCount + 1))
    heads = Array(repeating: 0, count: 1 << bits)
    shift = UInt64(64 - bits)
    self.text.reserveCapacity(text.count + extra)
    earlier.reserveCapacity(text.count + extra)
    for token in text { append(token) }
  }

  /// Adds the next token of the answer.
  package mutating func append(_ token: Int32) {
    text.append(token)
    guard text.count > 1 else {
      earlier.append(0)
      return
    }
    let slot = slot(text[text.count - 2], token)
    earlier.append(heads[slot])
    heads[slot] = Int32(clamping: text.count)
  }

  /// Looks the last tokens up.
  ///
  /// - Parameter most: The most tokens of the draft.
  /// - Returns: What followed the longest match among the places visited, of equal ones the latest; nil if there is
  ///   none.
  package func match(most: Int) -> Match? {
    let count = text.count
    guard most > 0, count > Self.shortest else { return nil }
    var (best, bestLength) = (0, Self.shortest - 1)
    var visited = 0
    var place = Int(earlier[count - 1])
    while place > 0, visited < Self.mostCandidates, bestLength < Self.longest {
      visited += 1
      let length = sameTokens(before: place)
      if length > bestLength { (best, bestLength) = (place, length) }
      place = Int(earlier[place - 1])
    }
    guard bestLength >= Self.shortest else { return nil }
    return Match(tokens: best..<min(best + most, count), length: bestLength)
  }

  /// The number of tokens right before a place that are the same as the last ones, at most ``longest``.
  private func sameTokens(before place: Int) -> Int {
    let end = text.count
    let most = min(Self.longest, place)
    var length = 0
    while length < most, text[place - 1 - length] == text[end - 1 - length] { length += 1 }
    return length
  }

  private func slot(_ a: Int32, _ b: Int32) -> Int {
    let pair = UInt64(UInt32(bitPattern: a)) << 32 | UInt64(UInt32(bitPattern: b))
    return Int(truncatingIfNeeded: (pair &* 0x9e37_79b9_7f4a_7c15) >> shift)
  }
}
