internal import KVFormat
internal import Testing
internal import Workbench

@Suite("Comparisons of encoding")
struct EncodeComparisonTests {
  private func comparison(tokens: Int, chunkTokens: Int, prompt: Int?) -> EncodeComparison {
    EncodeComparison(
      model: ModelChoice(path: "/m.gguf", compute: .auto, threads: 1),
      tokens: tokens,
      chunkTokens: chunkTokens,
      lanes: 1,
      repetitions: 1,
      peers: [],
      promptTokens: prompt
    )
  }

  @Test(
    "A chunk is no longer than the document, and llama.cpp's prompt as long as a chunk unless told otherwise"
  )
  func sizes() {
    let long = comparison(tokens: 16384, chunkTokens: 1024, prompt: nil)
    #expect(long.chunkTokens == 1024 && long.promptTokens == 1024)
    let short = comparison(tokens: 300, chunkTokens: 1024, prompt: nil)
    #expect(short.chunkTokens == 300 && short.promptTokens == 300)
    #expect(comparison(tokens: 300, chunkTokens: 1024, prompt: 4096).promptTokens == 4096)
  }
}
