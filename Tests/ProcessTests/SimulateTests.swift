internal import CommandLineSupport
internal import Foundation
internal import Testing

extension ProcessTests {
  @Suite("braid simulate")
  struct SimulateTests {
    private struct Row: Decodable {
      var kind: String
      var workers: Int
      var encode_s: Double
      var bottleneck: String
      var link: String
    }

    private func simulate(_ arguments: String...) async throws -> Outcome {
      try await BraidProcess.with(["simulate"] + arguments, stop: false) { _ in }.outcome
    }

    @Test("Workers of production's own schedule scale, and the same seed gives the same bytes")
    func seeds() async throws {
      let arguments = [
        "simulate", "--workers", "1..256", "--tokens", "300k", "--failures", "0.02", "--speeds",
        "lognormal:0.3", "--format", "json", "--seed",
      ]
      var outputs: [String] = []
      for seed in ["1", "1", "2"] {
        let outcome = try await BraidProcess.with(arguments + [seed], stop: false) { _ in }.outcome
        #expect(outcome.exit == .done, "\(outcome.errors)")
        #expect(outcome.errors.contains("SIMULATION, not a measurement"))
        outputs.append(outcome.output)
      }
      #expect(outputs[0] == outputs[1])
      #expect(outputs[0] != outputs[2])
      let rows = try JSONDecoder().decode([Row].self, from: Data(outputs[0].utf8))
      #expect(rows.map(\.workers) == [1, 2, 4, 8, 16, 32, 64, 128, 256])
      #expect(rows.allSatisfy { $0.kind == "simulated" && $0.link == "10Gbit" })
      let (one, eight) = (rows[0].encode_s, rows[3].encode_s)
      #expect(one / eight > 5)
    }

    @Test("A slow link is named, and a table says that it is a simulation")
    func link() async throws {
      let outcome = try await simulate("--workers", "64", "--link", "100Mbit", "--tokens", "100k")
      #expect(outcome.exit == .done, "\(outcome.errors)")
      #expect(outcome.output.hasPrefix("SIMULATION, not a measurement: 100,000 tokens"))
      #expect(outcome.output.contains(" link"))
    }

    @Test("The fastest size of a chunk is shown for each number of workers")
    func sizes() async throws {
      let outcome = try await simulate(
        "--workers",
        "4,400",
        "--tokens",
        "100k",
        "--chunk-tokens",
        "auto",
        "--format",
        "csv"
      )
      #expect(outcome.exit == .done, "\(outcome.errors)")
      #expect(outcome.output.split(whereSeparator: \.isNewline).count == 3)
    }
  }
}
