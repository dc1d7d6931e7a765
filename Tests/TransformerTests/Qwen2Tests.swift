internal import GGUF
internal import Testing
internal import Transformer

/// What is read of the file of a tiny Qwen2 model.
@Suite struct Qwen2Tests {
  @Test func configurationIsRead() throws {
    let configuration = try ModelConfiguration(TinyModelFile.open())
    #expect(configuration.architecture == "qwen2")
    #expect(configuration.rope == RotaryConfiguration(base: 10000, dimension: 64, pairing: .halves))
    #expect(configuration.normEpsilon == 1e-6)
    #expect(configuration.qkvWidth == 256)
  }
}
