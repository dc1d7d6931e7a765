internal import APITypes
internal import Benchmarks
internal import Testing

@Suite("The wire benchmark", .timeLimit(.minutes(1)), .serialized)
struct WireBenchmarkTests {
  /// A short run, which ends with an error unless every byte arrives where it belongs.
  @Test(arguments: WireBenchmark.Transport.allCases)
  func sendsEverythingAndMeasures(_ transport: WireBenchmark.Transport) async throws {
    var configuration = WireBenchmark.Configuration()
    configuration.transport = transport
    configuration.bytes = (33 << 20) + 1
    configuration.frameBytes = 256 << 10
    configuration.senders = 2
    configuration.repetitions = 2
    let report = try await WireBenchmark(configuration).run()
    // One token of 32 KiB more than 33 MiB.
    #expect(report.bytes == (33 << 20) + (32 << 10))
    #expect(report.repetitions == 2)
    #expect(report.gigabytesPerSecond > 0)
    #expect(report.gigabytesPerSecondBest >= report.gigabytesPerSecond)
    #expect(report.processorSecondsPerGigabyte > 0)
    #expect(report.memcpyGigabytesPerSecond > 0)
    #expect((report.socketGigabytesPerSecond != nil) == (transport != .inproc))
  }

  @Test func namesTheFlagThatIsWrong() {
    func problem(_ change: (inout WireBenchmark.Configuration) -> Void) -> String {
      var configuration = WireBenchmark.Configuration()
      change(&configuration)
      return configuration.problem ?? ""
    }
    #expect(problem { _ in }.isEmpty)
    #expect(problem { $0.bytes = 0 }.contains("--bytes"))
    #expect(problem { $0.frameBytes = 1000 }.contains("--frame-bytes"))
    #expect(problem { $0.frameBytes = 64 << 20 }.contains("--frame-bytes"))
    #expect(problem { $0.senders = 0 }.contains("--senders"))
    #expect(problem { $0.repetitions = 0 }.contains("--repetitions"))
    var wrong = WireBenchmark.Configuration()
    wrong.bytes = -1
    #expect(throws: BenchmarkError.self) { try WireBenchmark(wrong) }
  }

  @Test func reportsMedianAndBest() throws {
    let rounds = [2.0, 1, 4].map { WireReport.Round(bytes: 4_000_000_000, seconds: $0, processorSeconds: 6) }
    let report = WireReport(
      transport: "tcp",
      frameBytes: 2_097_152,
      senders: 1,
      rounds: rounds,
      limits: HardwareLimits(memcpyGigabytesPerSecond: 9.5, socketGigabytesPerSecond: 3.25)
    )
    #expect(
      try APIJSON.string(report)
        == #"{"bytes":4000000000,"cpu_seconds_per_gigabyte":1.5,"frame_bytes":2097152,"#
        + #""gigabytes_per_second":2,"gigabytes_per_second_best":4,"memcpy_gigabytes_per_second":9.5,"#
        + #""repetitions":3,"senders":1,"socket_gigabytes_per_second":3.25,"transport":"tcp"}"#
    )
    #expect(
      report.lines == [
        "tcp, 1 sender, frames of 2,097,152 bytes", "  KV path  2.00 GB/s (median of 3, best 4.00 GB/s)",
        "  compute  1.50 CPU seconds per GB, both sides",
        "  limits   memcpy 9.50 GB/s, a plain socket 3.25 GB/s",
      ]
    )
  }
}
