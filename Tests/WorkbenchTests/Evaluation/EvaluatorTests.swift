internal import KVFormat
internal import Testing
internal import Workbench

@Suite("The command line of an evaluation")
struct EvaluatorTests {
  @Test("Model and precision are always given, the rest where it is not the default")
  func command() {
    let usual = Evaluator(
      model: ModelChoice(path: "/m.gguf", compute: .auto, threads: 1),
      sink: nil,
      codec: .bf16,
      threads: 1
    )
    #expect(
      usual.command(["perplexity", "a b.txt", "--context", "4096"])
        == "braid eval perplexity 'a b.txt' --context 4096 --model /m.gguf --compute auto"
    )
    let other = Evaluator(
      model: ModelChoice(path: "/m.gguf", compute: .fixed(.f32), threads: 1),
      sink: "none",
      codec: .int8,
      threads: 1
    )
    #expect(
      other.command(["retrieval", "a.txt"])
        == "braid eval retrieval a.txt --sink none --wire int8 --model /m.gguf --compute f32"
    )
  }
}
