internal import CommandLineSupport
internal import Foundation
internal import Testing

extension ProcessTests {
  @Suite("braid eval")
  struct EvalTests {
    private func arguments(_ name: String, _ folder: TemporaryFolder) throws -> [String] {
      let document = try folder.file("a.txt", try Fixtures.excerpt(characters: 4000))
      return [
        "eval", name, document, "--context", "256", "--score", "16", "--chunks", "2,4", "--policies",
        "full-attention,paper", "--model", try Fixtures.model(),
      ]
    }

    @Test("A report goes into a folder that is made for it, and replaces an older one")
    func report() async throws {
      try await TemporaryFolder.with { folder in
        let target = "\(folder.path)/new/report"
        defer { try? FileManager.default.removeItem(atPath: "\(folder.path)/new") }
        let arguments = try arguments("perplexity", folder) + ["--report", target]
        for _ in 0..<2 {
          let outcome = try await BraidProcess.with(arguments, stop: false) { _ in }.outcome
          #expect(outcome.exit == .done, "\(outcome.errors)")
          #expect(outcome.errors.contains("\(target)/report.md"))
          #expect(outcome.output.contains("paper"))
          let names = try FileManager.default.contentsOfDirectory(atPath: target).sorted()
          #expect(
            names == ["entropy-by-chunks.svg", "kept-by-seconds.svg", "loss-by-chunks.svg", "report.md"]
          )
        }
        let text = String(decoding: try Fixtures.read("\(target)/report.md"), as: UTF8.self)
        #expect(text.contains("--context 256 --score 16 --chunks 2,4 --segments 1"))
        #expect(text.contains("| paper | 4 |"))
      }
    }
  }
}
