internal import SeededRandom

/// A source of text for measurements: sentences of common words, the same on every machine.
package struct BenchmarkText: Sendable {
  private var random = SeededGenerator(seed: 0x9E37_79B9_7F4A_7C15)

  private static let words = """
    the of and to in a is that for it as was with be by on not he this are or his from at which but have an they \
    you were their one all we can her has there been if more when will would who so no said what up its about into \
    than them only other time new some could these two may first then do any like my now over such our man me even \
    most made after also well did many before must through years where much your way down should because long each \
    just state those people too good how work water system program machine memory document letter window morning
    """
    .split(separator: " ").map(String.init)

  package init() {}

  /// Returns the next paragraph, of about sixty words.
  package mutating func paragraph() -> String {
    var sentences: [String] = []
    for _ in 0..<5 {
      let length = 8 + Int(random.next() % 9)
      let words = (0..<length).map { _ in Self.words[Int(random.next() % UInt64(Self.words.count))] }
      sentences.append(words.joined(separator: " ").capitalizedFirst + ".")
    }
    return sentences.joined(separator: " ") + "\n\n"
  }
}

extension String {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
