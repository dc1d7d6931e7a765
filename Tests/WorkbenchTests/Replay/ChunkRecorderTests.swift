internal import CommandLineSupport
internal import Testing
internal import Workbench

@Suite("Recording for a benchmark")
struct ChunkRecorderTests {
  @Test("Chunks must fit the model behind its sink")
  func sizes() throws {
    try ChunkRecorder.check(chunkTokens: 2024, sinkTokens: 24, contextTokens: 2048)
    let expected = CommandFailure(
      .badInput,
      "A chunk of 2025 tokens does not fit: the model's context of 2048 tokens less the sink's 24 leaves 2024."
    )
    #expect(throws: expected) {
      try ChunkRecorder.check(chunkTokens: 2025, sinkTokens: 24, contextTokens: 2048)
    }
    let none = CommandFailure(
      .badInput,
      "A chunk of 1 tokens does not fit: the model's context of 16 tokens less the sink's 24 leaves 0."
    )
    #expect(throws: none) { try ChunkRecorder.check(chunkTokens: 1, sinkTokens: 24, contextTokens: 16) }
  }
}
