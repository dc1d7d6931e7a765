internal import APITypes
internal import CommandLineSupport
internal import Testing

extension ProcessTests {
  /// The kernels of older processors: the cap holds for the matrix library and for Braid's own kernels.
  @Suite("Instruction sets")
  struct InstructionSetTests {
    private func run(_ document: String, compute: String, cap: String?) async throws -> Outcome {
      try await BraidProcess.with(
        [
          "run", document, "--ask", "What is this text about?", "--model", try Fixtures.model(), "--lanes",
          "1", "--chunk-tokens", "256", "--max-tokens", "8", "--format", "json", "--verbose", "--compute",
          compute,
        ],
        environment: cap.map { ["ONEDNN_MAX_CPU_ISA": $0] } ?? [:],
        stop: false
      ) { _ in }.outcome
    }

    @Test("Under a cap f32 answers as without it, and auto takes int8 where there are kernels for it")
    func caps() async throws {
      let text = try Fixtures.excerpt(characters: 1_500)
      try await TemporaryFolder.with { folder in
        let path = try folder.file("a.txt", text)
        let answer = try await run(path, compute: "f32", cap: nil).json(JobReport.self).answer?.text
        #expect(answer?.isEmpty == false)
        for (cap, name, taken) in [
          ("AVX512_CORE", "avx512", "int8"), ("AVX2", "avx2", "int8"), ("SSE41", "baseline", "f32"),
        ] {
          let f32 = try await run(path, compute: "f32", cap: cap)
          #expect(f32.exit == .done, "\(f32.errors)")
          #expect(try f32.json(JobReport.self).answer?.text == answer)
          let outcome = try await run(path, compute: "auto", cap: cap)
          #expect(outcome.exit == .done, "\(outcome.errors)")
          let said = outcome.errorLines.first { $0.contains("ready in") } ?? ""
          #expect(said.contains("compute: \(taken)"), "\(outcome.errors)")
          // A processor without AVX-512 uses less than the cap allows.
          #expect(said.contains("instructions: \(name),") || cap == "AVX512_CORE", "\(outcome.errors)")
          #expect(try outcome.json(JobReport.self).encode.compute == taken)
        }
      }
    }
  }
}
