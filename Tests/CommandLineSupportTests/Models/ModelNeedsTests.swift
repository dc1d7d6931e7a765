internal import APITypes
internal import CommandLineSupport
internal import Testing

@Suite("What a model takes of a machine")
struct ModelNeedsTests {
  private var needs: ModelNeeds {
    ModelNeeds(
      embeddingBytes: 30_081_024,
      compactBytes: 95_000_000,
      codedKVBytesPerToken: 11_880,
      linearOperationsPerToken: 2e8,
      encodeOperationsPerToken: 2.5e8,
      attentionOperationsAt4096: 3e8,
      memoryBytes: 8_000_000_000,
      memoryLimit: "this machine's memory",
      precisions: [
        .init(
          compute: "bf16",
          layerBytes: 212_336_640,
          headBytes: 56_623_104,
          weightBytes: 299_040_768,
          documentTokens: 167_121
        ),
        .init(compute: "f32", layerBytes: 1, headBytes: 2, weightBytes: 9_000_000_000, documentTokens: 0),
      ]
    )
  }

  @Test("Without a measurement there are no speeds")
  func unmeasured() {
    #expect(
      needs.lines == [
        "arithmetic  0.25 billion operations a token in chunks of 1,024: linear layers 0.20, attention 0.05 "
          + "(0.30 at 4,096 tokens)",
        "memory      8.0 GB may be taken (this machine's memory); all weights as they are in the file, which "
          + "`--weights compact` keeps, take 95.0 MB, embeddings 30.1 MB",
        "  compute    layers     head  all weights  room for tokens",
        "  bf16     212.3 MB  56.6 MB     299.0 MB          167,121",
        "  f32           1 B      2 B       9.0 GB             none",
      ]
    )
  }

  @Test("An estimate is the measured speed over the operations of a token")
  func measured() throws {
    var needs = needs
    needs.enter(rate: 400, at: "bf16")
    needs.enter(rate: 1, at: "int8")
    needs.measured = .init(matrices: [[576, 960], [576, 3072]], threads: 2, seconds: 1)
    #expect(needs.precisions[0].mostTokensPerSecond == 1600)
    #expect(needs.precisions[1].mostTokensPerSecond == nil)
    let lines = needs.lines
    #expect(
      lines[2].contains("(576 x 960; 576 x 3,072), 2 cores at once, 1.00 s a precision"),
      "\(lines[2])"
    )
    #expect(lines[3].hasSuffix("10^9 op/s  tokens/s at most"))
    #expect(lines[4].hasSuffix("      400             1,600"), "\(lines[4])")
    #expect(lines[5].hasSuffix("        -                 -"), "\(lines[5])")
    let text = try APIJSON.string(needs)
    for key in [
      #""most_tokens_per_second":1600"#, #""gigaoperations_per_second":400"#,
      #""kv_bytes_per_token_int8":11880"#,
      #""memory_bytes":8000000000"#,
      #""measured":{"matrices":[[576,960],[576,3072]],"seconds":1,"threads":2}"#,
    ] {
      #expect(text.contains(key), "\(key) in \(text)")
    }
    #expect(try APIJSON.decode(ModelNeeds.self, from: text.utf8) == needs)
  }
}
