internal import ParallelContext
internal import Testing

@Suite struct LookupDraftTests {
  private func draft(_ text: [Int32], most: Int = 8) -> [Int32]? {
    let lookup = LookupDraft(text, extra: 0)
    return lookup.match(most: most).map { Array(lookup.text[$0.tokens]) }
  }

  @Test func whatFollowedTheLastTokensIsDrafted() {
    #expect(draft([1, 2, 3, 4, 5, 1, 2], most: 3) == [3, 4, 5])
    #expect(draft([1, 2, 3, 4, 5, 1, 2], most: 1) == [3])
  }

  @Test func thereMayBeNone() {
    for text: [Int32] in [[], [1], [1, 2], [1, 2, 3], [1, 2, 9, 2, 1], [5, 5]] { #expect(draft(text) == nil) }
    #expect(draft([1, 2, 3, 1, 2], most: 0) == nil)
  }

  @Test func aDraftEndsWithTheText() {
    // The match ends one token before the last one: all that follows it is that token.
    #expect(draft([7, 7, 7]) == [7])
    #expect(draft([1, 2, 1, 2]) == [1, 2])
  }

  @Test func theLongestMatchWinsThenTheLatest() {
    #expect(draft([9, 1, 2, 30, 8, 1, 2, 40, 9, 1, 2], most: 1) == [30])
    #expect(draft([9, 1, 2, 30, 8, 1, 2, 40, 7, 1, 2], most: 1) == [40])
    let lookup = LookupDraft([9, 1, 2, 30, 8, 1, 2, 40, 9, 1, 2], extra: 0)
    #expect(lookup.match(most: 1) == .init(tokens: 3..<4, length: 3))
  }

  @Test func lengthsStopAtTheLongest() {
    let run = (1...20).map(Int32.init)
    let lookup = LookupDraft(run + [99] + run, extra: 0)
    #expect(lookup.match(most: 4) == .init(tokens: 20..<24, length: LookupDraft.longest))
  }

  @Test func appendedTokensAreFoundLikeOthers() {
    var lookup = LookupDraft([], extra: 8)
    for token: Int32 in [3, 4, 5, 6, 3, 4] { lookup.append(token) }
    #expect(lookup.match(most: 2).map { Array(lookup.text[$0.tokens]) } == [5, 6])
  }

  @Test func agreesWithAScanOfRandomTexts() {
    var generator = SegmentFixture.Generator(state: 5)
    for _ in 0..<200 {
      let text = (0..<60).map { _ in Int32.random(in: 0..<6, using: &generator) }
      #expect(LookupDraft(text, extra: 0).match(most: 5) == scanned(text, most: 5), "\(text)")
    }
  }

  /// The same, by comparing with every place.
  private func scanned(_ text: [Int32], most: Int) -> LookupDraft.Match? {
    var best: LookupDraft.Match?
    for place in stride(from: text.count - 1, through: LookupDraft.shortest, by: -1) {
      var length = 0
      while length < min(place, LookupDraft.longest),
        text[place - 1 - length] == text[text.count - 1 - length]
      {
        length += 1
      }
      if length >= LookupDraft.shortest, length > best?.length ?? 0 {
        best = .init(tokens: place..<min(place + most, text.count), length: length)
      }
    }
    return best
  }
}
