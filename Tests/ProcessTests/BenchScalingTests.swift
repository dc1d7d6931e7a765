internal import Benchmarks
internal import CommandLineSupport
internal import Foundation
internal import HTTPClient
internal import Testing

extension ProcessTests {
  @Suite("braid bench scaling")
  struct BenchScalingTests {
    private func arguments(_ more: String...) throws -> [String] {
      [
        "bench", "scaling", "--tokens", "1024", "--chunk-tokens", "128", "--left", "32", "--repetitions", "1",
        "--model", try Fixtures.model(),
      ] + more
    }

    private func rows(_ outcome: Outcome) throws -> [ScalingRow] {
      try JSONDecoder().decode([ScalingRow].self, from: Data(outcome.output.utf8))
    }

    @Test("One process, full attention and each number of workers stand in one table, with a page of charts")
    func table() async throws {
      try await TemporaryFolder.with { folder in
        let target = "\(folder.path)/report"
        defer { try? FileManager.default.removeItem(atPath: target) }
        let arguments = try arguments("--workers", "1,2", "--format", "json", "--report", target)
        let outcome = try await BraidProcess.with(arguments, stop: false) { _ in }.outcome
        #expect(outcome.exit == .done, "\(outcome.errors)")
        let rows = try rows(outcome)
        #expect(rows.map(\.kind) == [.singleProcess, .fullAttention, .workers, .workers])
        #expect(rows.map(\.tokens) == [1024, 1024, 1024, 1024])
        let (one, two) = (rows[2], rows[3])
        #expect(one.workers == 1 && two.workers == 2 && two.threads == 2)
        #expect(one.efficiency == 1 && (two.efficiency ?? 0) > 0.2)
        #expect(one.chunks == two.chunks && (one.chunks ?? 0) >= 8)
        for row in [one, two] {
          #expect(row.retries == 0 && row.leftTokens == 32)
          #expect((row.coordinatorCPUSeconds ?? 0) > 0)
          #expect((row.wireBytes ?? 0) > 1024 * 1000)
          #expect((0.1...0.25).contains(row.duplicatedTokenShare ?? 0))
          #expect((row.computeSecondsMax ?? 0) <= row.encodeSeconds * 1.01)
          #expect(row.modelSHA256?.count == 64 && row.cpu != nil && row.link == "loopback TCP")
        }
        #expect(rows[0].wireBytes == nil && rows[1].extrapolated == false)
        #expect(
          outcome.output.contains("\"encode_s\":") && outcome.output.contains("\"doc_tokens\"") == false
        )
        let page = String(decoding: try Fixtures.read("\(target)/report.html"), as: UTF8.self)
        #expect(page.contains("Chunks on lanes over time") && page.contains("--workers 1,2"))
      }
    }

    @Test("The workers of a coordinator are measured, as many as asked for")
    func coordinator() async throws {
      let model = try Fixtures.model()
      let port = try System.freePort()
      let http = "127.0.0.1:\(try System.freePort())"
      let listen = "tcp://127.0.0.1:\(port)"
      let daemon = ["coordinator", "--listen", listen, "--http", http, "--model", model]
      let worker = ["worker", "--coordinator", listen, "--lanes", "1", "--no-pin", "--model", model]
      _ = try await BraidProcess.with(daemon) { _ in
        try await BraidProcess.with(worker) { _ in
          try await BraidProcess.with(worker) { _ in
            let url = try CoordinatorURL(parsing: "http://\(http)")
            let isReady = try await eventually {
              (try? await CoordinatorClient.with(url) { try await $0.workers() }.count) == 2
            }
            #expect(isReady)
            let arguments = try arguments(
              "--coordinator",
              "http://\(http)",
              "--workers",
              "1-2",
              "--no-full-attention",
              "--no-single-process",
              "--format",
              "jsonl"
            )
            let outcome = try await BraidProcess.with(arguments, stop: false) { _ in }.outcome
            #expect(outcome.exit == .done, "\(outcome.errors)")
            let rows = try outcome.output.split(separator: "\n").map {
              try JSONDecoder().decode(ScalingRow.self, from: Data($0.utf8))
            }
            #expect(rows.map(\.workers) == [1, 2] && rows.map(\.threads) == [1, 2])
            #expect(rows.allSatisfy { $0.coordinatorCPUSeconds == nil })
            let more = try self.arguments("--coordinator", "http://\(http)", "--workers", "3")
            let refused = try await BraidProcess.with(more, stop: false) { _ in }.outcome
            #expect(refused.exit == .badInput)
            #expect(refused.errors.contains("The coordinator has 2 workers and --workers asks for 3"))
            let left = try await CoordinatorClient.with(url) { try await $0.documents() }
            #expect(left.isEmpty)
          }
        }
      }
    }

    @Test(
      "Wrong use is told in a sentence",
      arguments: [
        (["--workers", "0"], "--workers"), (["--workers", "1,x"], "--workers"),
        (["--repetitions", "0"], "1000"),
        (["--workers", "65"], "64"), (["--weak", "--document", "-"], "--tokens"),
        (["--lanes", "2", "--coordinator", "http://127.0.0.1:1"], "--lanes"),
      ]
    )
    func wrongUse(_ flags: [String], _ word: String) async throws {
      let outcome = try await BraidProcess.with(["bench", "scaling"] + flags, stop: false) { _ in }.outcome
      #expect(outcome.exit == .usage)
      #expect(outcome.errors.contains(word))
    }
  }
}
