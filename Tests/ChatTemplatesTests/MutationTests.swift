internal import ChatTemplates
internal import SeededRandom
internal import Testing

/// Templates that were damaged at random are read and rendered without a trap and without end.
@Suite struct MutationTests {
  /// Pieces that a mutation may put anywhere.
  private static let pieces = [
    "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "'", "\"", "\\", "(", ")", "[", "]", "{", "}", "|", ".",
    ",", ":", "~",
    "==", "<", "**", "//", "%", "=", " ", "\n", " in ", " not ", " is ", " if ", " else ", " and ", " or ",
    "loop",
    "messages", "ns", "none", "true", "0", "1", "-1", "9223372036854775807", "1.5", "'x'", "[1]", "{'a': 1}",
    "| tojson", "| list", "| length", "| int", "| sort", "| map('upper')", "| safe", ".split('a')",
    ".strip()", ".items()",
    "[::-1]", "[1:]", "[0]", "{% endif %}", "{% endfor %}", "{% else %}", "{% for m in messages %}",
    "{% if 1 %}",
    "{% set x = 1 %}", "{% break %}", "{% raw %}", "\u{e9}", "\u{1F600}", "\u{3000}", "* 1000", "+ x",
    "range(100000)",
    "{% macro f(a) %}{{ f(a) }}{% endmacro %}{{ f(1) }}", "{% set ns.x = [ns.x, ns] %}", "{{ ns.x }}",
  ]

  private func mutated(_ source: [Unicode.Scalar], _ random: inout SeededGenerator) -> [Unicode.Scalar] {
    var result = source
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      let place = Int.random(in: 0...result.count, using: &random)
      let end = min(result.count, place + Int.random(in: 0...12, using: &random))
      switch Int.random(in: 0..<4, using: &random) {
      case 0: result.removeSubrange(place..<end)
      case 1:
        result.insert(
          contentsOf: Self.pieces.randomElement(using: &random)?.unicodeScalars ?? "".unicodeScalars,
          at: place
        )
      case 2:
        result.insert(
          contentsOf: Array(result[place..<end]),
          at: Int.random(in: 0...result.count, using: &random)
        )
      default:
        result.replaceSubrange(
          place..<end,
          with: Self.pieces.randomElement(using: &random)?.unicodeScalars ?? "".unicodeScalars
        )
      }
    }
    return result
  }

  @Test("Damaged templates of all families end without a trap", arguments: 0..<8)
  func mutations(seed: Int) throws {
    let golden: Families = try Golden.read("families.json")
    let constructs: Constructs = try Golden.read("constructs.json")
    let sources = golden.templates.map(\.source) + constructs.cases.map(\.source)
    var random = SeededGenerator(seed: UInt64(seed))
    var limits = ChatTemplateLimits()
    limits.steps = 20_000
    var counts: [String: Int] = [:]
    for _ in 0..<1000 {
      let source = Array((sources.randomElement(using: &random) ?? "").unicodeScalars)
      var text = String.UnicodeScalarView()
      text.append(contentsOf: mutated(source, &random))
      let input = golden.inputs.randomElement(using: &random)?.variables.variables ?? [:]
      do {
        _ = try ChatTemplate(String(text), limits: limits).render(input, date: Golden.date)
        counts["rendered", default: 0] += 1
      } catch {
        counts[error.code.rawValue, default: 0] += 1
        #expect(!error.message.isEmpty)
      }
    }
    // Mutations that only ever break the first tag would say little.
    #expect(counts["rendered", default: 0] > 50, "\(counts)")
    #expect(counts["syntax", default: 0] > 50, "\(counts)")
  }
}
