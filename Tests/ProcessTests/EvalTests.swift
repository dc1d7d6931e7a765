internal import CommandLineSupport
internal import Foundation
internal import Testing

extension ProcessTests {
  @Suite("braid eval")
  struct EvalTests {
    private struct Row: Decodable {
      var policy: String
      var chunks: Int
      var nll: Double
      var entropyNats: Double?
      var entropyNatsByLayer: [Double]?

      enum CodingKeys: String, CodingKey {
        case policy, chunks, nll
        case entropyNats = "entropy_nats"
        case entropyNatsByLayer = "entropy_nats_by_layer"
      }
    }

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

    @Test("Entropies are a list of rows, and the correlation stands on standard error")
    func entropy() async throws {
      try await TemporaryFolder.with { folder in
        let arguments = try arguments("entropy", folder) + ["--format", "json"]
        let outcome = try await BraidProcess.with(arguments, stop: false) { _ in }.outcome
        #expect(outcome.exit == .done, "\(outcome.errors)")
        let rows = try JSONDecoder().decode([Row].self, from: Data(outcome.output.utf8))
        #expect(rows.map(\.policy) == ["full-attention", "paper", "paper"])
        #expect(rows.map(\.chunks) == [1, 2, 4])
        #expect(rows[0].entropyNats == nil && rows[0].entropyNatsByLayer == nil)
        #expect(rows.dropFirst().allSatisfy { ($0.entropyNatsByLayer?.count ?? 0) > 1 })
        #expect(outcome.errors.contains("Pearson correlation of mean entropy and NLL over 2 rows: "))
      }
    }
  }
}
