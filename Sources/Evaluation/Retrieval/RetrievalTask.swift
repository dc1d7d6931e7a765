package import SeededRandom

/// A kind of needles to hide in a text and to ask for, after the tasks of RULER (arXiv 2404.06654).
package enum RetrievalTask: String, CaseIterable, Sendable {
  /// One number under one key.
  case single
  /// Four numbers, each under a key of its own; one is asked for.
  case multiKey = "multi-key"
  /// Four numbers under one key; all are asked for.
  case multiValue = "multi-value"
  /// A JSON object of six pairs of random identifiers; the value of one key is asked for.
  case json

  /// The number of needles of the tasks that have several.
  package static let needles = 4
  /// The number of pairs of a JSON object.
  package static let pairs = 6

  /// Draws needles and makes a question about them.
  ///
  /// - Parameter random: The source of keys and values.
  /// - Returns: The problem.
  package func problem(using random: inout SeededGenerator) -> RetrievalProblem {
    switch self {
    case .single: return numbers(keys: 1, values: 1, using: &random)
    case .multiKey: return numbers(keys: Self.needles, values: 1, using: &random)
    case .multiValue: return numbers(keys: 1, values: Self.needles, using: &random)
    case .json: return identifiers(using: &random)
    }
  }

  private func numbers(keys: Int, values: Int, using random: inout SeededGenerator) -> RetrievalProblem {
    let names = Self.distinct(keys, using: &random) { Self.word(using: &$0) }
    let numbers = Self.distinct(keys * values, using: &random) {
      String(Int.random(in: 1_000_000...9_999_999, using: &$0))
    }
    var needles: [RetrievalProblem.Needle] = []
    for (index, number) in numbers.enumerated() {
      let name = names[index / values]
      needles.append(
        .init(
          text: "\nOne of the special magic numbers for \(name) is: \(number).\n",
          isAsked: index < values
        )
      )
    }
    let asked = names[0]
    let isOne = values == 1
    let what = "the special magic number\(isOne ? "" : "s") for \(asked) mentioned in the provided text"
    return RetrievalProblem(
      needles: needles,
      question: isOne ? "What is \(what)?" : "What are all \(what)?",
      opening: "T\(what.dropFirst()) \(isOne ? "is" : "are")",
      expected: Array(numbers.prefix(values)),
      maximumTokens: isOne ? 24 : 16 * values
    )
  }

  private func identifiers(using random: inout SeededGenerator) -> RetrievalProblem {
    let names = Self.distinct(2 * Self.pairs, using: &random) { Self.identifier(using: &$0) }
    let lines = (0..<Self.pairs).map { "  \"\(names[2 * $0])\": \"\(names[2 * $0 + 1])\"" }
    let asked = Int.random(in: 0..<Self.pairs, using: &random)
    return RetrievalProblem(
      needles: [.init(text: "\n{\n" + lines.joined(separator: ",\n") + "\n}\n", isAsked: true)],
      question:
        "Extract the value of the key \"\(names[2 * asked])\" in the JSON object of the provided text.",
      opening: "\"\(names[2 * asked])\": \"",
      expected: [names[2 * asked + 1]],
      maximumTokens: 48
    )
  }

  private static func distinct(
    _ count: Int,
    using random: inout SeededGenerator,
    _ make: (inout SeededGenerator) -> String
  ) -> [String] {
    var found: [String] = []
    while found.count < count {
      let next = make(&random)
      if !found.contains(next) { found.append(next) }
    }
    return found
  }

  /// Draws an adjective and a noun, as in `quiet-harbour`.
  private static func word(using random: inout SeededGenerator) -> String {
    let adjective = adjectives[Int.random(in: adjectives.indices, using: &random)]
    return adjective + "-" + nouns[Int.random(in: nouns.indices, using: &random)]
  }

  /// Draws 128 random bits, in the form of a UUID.
  private static func identifier(using random: inout SeededGenerator) -> String {
    let digits = (0..<32).map { _ in String(Int.random(in: 0..<16, using: &random), radix: 16) }
    let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
    return groups.map { digits[$0].joined() }.joined(separator: "-")
  }

  private static let adjectives = [
    "ancient", "bitter", "brave", "bright", "broken", "careful", "cheerful", "clever", "cold", "curious",
    "distant", "dusty", "early", "empty", "faithful", "foggy", "gentle", "golden", "hollow", "humble",
    "lonely", "loud", "narrow", "patient", "proud", "quiet", "restless", "rusty", "silver", "sleepy",
    "stubborn", "windy",
  ]

  private static let nouns = [
    "anchor", "apple", "barrel", "basket", "bridge", "candle", "carpet", "castle", "cloud", "compass",
    "drum", "feather", "forest", "garden", "hammer", "harbour", "island", "kettle", "ladder", "lantern",
    "meadow", "mirror", "mountain", "orchard", "pepper", "pillow", "river", "saddle", "spoon", "teapot",
    "violin", "window",
  ]
}

/// Needles, a question about them, and the answer.
package struct RetrievalProblem: Sendable, Equatable {
  /// A text to be hidden.
  package struct Needle: Sendable, Equatable {
    /// The text, with the line ends around it.
    package var text: String
    /// True if the question is about it.
    package var isAsked: Bool
  }

  /// The texts to hide; those that are asked for come first.
  package var needles: [Needle]
  /// The question.
  package var question: String
  /// The beginning of the answer, which is given to the model.
  package var opening: String
  /// The values that the answer has to contain.
  package var expected: [String]
  /// The most tokens of an answer.
  package var maximumTokens: Int

  /// Returns the share of the expected values that an answer contains, in upper or lower case.
  package static func score(_ answer: String, expected: [String]) -> Double {
    guard !expected.isEmpty else { return 0 }
    let answer = answer.lowercased()
    let found = expected.count { answer.contains($0.lowercased()) }
    return Double(found) / Double(expected.count)
  }
}
