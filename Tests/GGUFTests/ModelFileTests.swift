internal import GGUF
internal import TestSupport
internal import Testing

@Suite struct ModelFileTests {
  private func model() throws -> GGUFFile {
    try GGUFFile(path: TestFiles.model())
  }

  @Test func opensTheModel() throws {
    let file = try model()
    let metadata = file.metadata
    #expect(file.version == 3)
    #expect(metadata.string("general.architecture") == "llama")
    #expect(metadata.integer("llama.block_count") == 30)
    #expect(metadata.integer("llama.context_length") == 8192)
    #expect(metadata.integer("llama.embedding_length") == 576)
    #expect(metadata.integer("llama.attention.head_count") == 9)
    #expect(metadata.integer("llama.attention.head_count_kv") == 3)
    #expect(metadata.double("llama.rope.freq_base") == 100_000)
    #expect(metadata.bool("tokenizer.ggml.add_bos_token") == false)
    #expect(metadata.string("tokenizer.ggml.pre") == "smollm")
    #expect(metadata.integers("tokenizer.ggml.token_type")?.count == 49_152)
    #expect(metadata.strings("tokenizer.ggml.merges")?.count == 48_900)
    let tokens = try #require(metadata.strings("tokenizer.ggml.tokens"))
    #expect(tokens.count == 49_152)
    #expect(tokens[1] == "<|im_start|>")
    #expect(file.tensors.count == 272)
    let embedding = try #require(file.tensor(named: "token_embd.weight"))
    #expect(embedding.type == .q8_0)
    #expect(embedding.dimensions == [576, 49_152])
    #expect(file.tensor(named: "blk.0.ffn_down.weight")?.type == .q4_1)
    #expect(file.tensors.filter { $0.type == .q4_1 }.count == 210)
  }

  @Test func dequantisesTheModelQuickly() throws {
    let file = try model()
    // Page the file and the destination in first: the kernels are measured, not the kernel's page faults.
    let largest = file.tensors.map(\.elementCount).max() ?? 0
    var floats = [Float](repeating: 0, count: largest)
    try file.forEachPart { _ in }
    let clock = ContinuousClock()
    var elements = 0
    let time = try clock.measure {
      for tensor in file.tensors {
        try floats.withUnsafeMutableBufferPointer {
          try tensor.dequantise(into: $0, rows: 0..<tensor.rowCount)
        }
        elements += tensor.elementCount
      }
    }
    print("dequantised \(elements) elements in \(time)")
    #expect(elements == 134_515_008)
    #expect(floats.allSatisfy { $0.isFinite })
    #expect(time < .seconds(3))
  }
}
