internal import Benchmarks
internal import Testing
internal import Workbench

@Suite("Made-up text of a number of tokens")
struct BenchmarkTextTests {
  private func firstParagraphs(_ count: Int) -> [String] {
    var text = BenchmarkText()
    return (0..<count).map { _ in text.paragraph() }
  }

  @Test("Paragraphs are read until there are enough tokens, and the last one is cut")
  func tokens() {
    var read: [String] = []
    let tokens = BenchmarkText.tokens(7) { paragraph in
      read.append(paragraph)
      return [1, 2, 3]
    }
    #expect(tokens == [1, 2, 3, 1, 2, 3, 1])
    #expect(read == firstParagraphs(3))
  }

  @Test("No tokens take no paragraph")
  func none() {
    #expect(BenchmarkText.tokens(0) { _ in [1] } == [])
    #expect(BenchmarkText.paragraphs(tokens: 0) { _ in [1] } == "")
  }

  @Test("A text has as many whole paragraphs as have the tokens together")
  func paragraphs() {
    #expect(BenchmarkText.paragraphs(tokens: 6) { _ in [1, 2, 3] } == firstParagraphs(2).joined())
    #expect(BenchmarkText.paragraphs(tokens: 7) { _ in [1, 2, 3] } == firstParagraphs(3).joined())
  }
}
