internal import Foundation
internal import GGUF
internal import KVFormat
internal import TestSupport
internal import Testing
internal import Transformer

/// Tiny models of every architecture against Hugging Face transformers on the same weights.
@Suite(.serialized) struct ConformanceTests {
  private static let names = (try? ConformanceCase.names()) ?? []
  private static let answered = names.filter { !$0.hasPrefix("refused-") }
  private static let refused = names.filter { $0.hasPrefix("refused-") }

  private func model(
    _ golden: ConformanceCase,
    _ compute: Precision,
    _ form: WeightForm = .packed
  ) throws -> Model {
    try Model(file: golden.writer().open(), compute: compute, form: form, withHead: true, threads: 1)
  }

  /// The logits after every token, which are run in parts.
  private func logits(_ model: Model, _ parts: [ArraySlice<Int32>], kvType: KVType) throws -> [[Float]] {
    let capacity = parts.reduce(0) { $0 + $1.count }
    let session = try CausalSession(model: model, capacity: capacity, kvType: kvType)
    var result: [[Float]] = []
    for part in parts {
      try session.append(Array(part))
      for row in 0..<part.count {
        var values = [Float](repeating: 0, count: model.configuration.vocabulary)
        try values.withUnsafeMutableBufferPointer { try session.logits(row: row, into: $0) }
        result.append(values)
      }
    }
    return result
  }

  /// The largest difference of a logit, infinite where one is no number.
  private func distance(_ a: [[Float]], _ b: [[Float]]) -> Float {
    guard a.map(\.count) == b.map(\.count) else { return .infinity }
    return zip(a.joined(), b.joined()).reduce(0) { largest, pair in
      let difference = abs(pair.0 - pair.1)
      return difference.isFinite ? max(largest, difference) : .infinity
    }
  }

  @Test(arguments: answered, WeightForm.allCases)
  func f32LogitsAgree(_ name: String, _ form: WeightForm) throws {
    let golden = try ConformanceCase.load(name)
    let expected = try #require(golden.logits)
    let model = try model(golden, .f32, form)
    let whole = try logits(model, [golden.tokens[...]], kvType: .f32)
    let away = distance(whole, expected)
    // Compact weights with scales meet rows of 16 bits: the difference from f32 is larger there.
    #expect(away < (form == .compact ? 2e-3 : 2e-4), "a logit is \(away) from the reference")
    let parts = try logits(model, [golden.tokens[..<7], golden.tokens[7...]], kvType: .f32)
    let apart = distance(whole, parts)
    #expect(apart < (form == .compact ? 3e-3 : 1e-4), "a logit is \(apart) from the one of a single run")
  }

  /// Rounding to the 8 bits of bf16 moves a logit by some hundredths of the standard deviation of its row. So the
  /// likeliest token must be found where it leads by more than an eighth of that, but for three in a hundred, and
  /// this must be so at half of the positions.
  @Test(
    .enabled(if: Precision.native == .bf16, "this processor has no bf16 products"),
    arguments: answered
  )
  func bf16LogitsAreClose(_ name: String) throws {
    let golden = try ConformanceCase.load(name)
    let expected = try #require(golden.logits)
    let result = try logits(model(golden, .bf16), [golden.tokens[...]], kvType: .bf16)
    try #require(result.map(\.count) == expected.map(\.count))
    var (clear, same) = (0, 0)
    var away: Float = 0
    for (row, reference) in zip(result, expected) {
      let count = Float(row.count)
      let mean = reference.reduce(0, +) / count
      let deviation = (reference.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
      away += zip(row, reference).reduce(0) { $0 + abs($1.0 - $1.1) } / (count * deviation)
      let order = reference.indices.sorted { reference[$0] > reference[$1] }
      guard reference[order[0]] - reference[order[1]] > deviation / 8 else { continue }
      clear += 1
      if row.indices.max(by: { row[$0] < row[$1] }) == order[0] { same += 1 }
    }
    #expect(clear * 2 >= expected.count, "only \(clear) of \(expected.count) positions are clear")
    #expect(same * 100 >= clear * 97, "only \(same) of \(clear) clear positions agree")
    let share = away / Float(expected.count)
    #expect(share < 0.05, "logits are \(share) standard deviations away on average")
  }

  @Test(arguments: refused) func aModelIsRefusedByName(_ name: String) throws {
    let golden = try ConformanceCase.load(name)
    let word = try #require(golden.refused)
    let file = try golden.writer().open()
    do {
      _ = try Model(file: file, compute: .f32, withHead: true, threads: 1)
      Issue.record("the model is taken")
    } catch { #expect(error.message.contains(word), "\(error.message)") }
  }

  @Test func everyArchitectureHasACase() throws {
    let tested = Set(try Self.answered.map { try ConformanceCase.load($0).architecture })
    #expect(tested.isSuperset(of: ModelConfiguration.supportedArchitectures))
    #expect(!Self.refused.isEmpty)
  }

  @Test func theDocumentationNamesTheCases() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "docs/models.md"), encoding: .utf8)
    let named = text.split(separator: "\n").filter { $0.hasPrefix("| ") && $0.hasSuffix("` |") }
      .compactMap { $0.split(separator: "`").dropLast().last.map { String($0) } }
    #expect(named.sorted() == Self.names)
  }
}
