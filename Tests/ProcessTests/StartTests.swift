internal import CommandLineSupport
internal import Testing

extension ProcessTests {
  @Suite("Start")
  struct StartTests {
    @Test("A worker is ready and registered soon after it was started", arguments: ["auto", "f32"])
    func worker(_ compute: String) async throws {
      let model = try Fixtures.model()
      let control = "tcp://127.0.0.1:\(try System.freePort())"
      let http = "127.0.0.1:\(try System.freePort())"
      _ = try await BraidProcess.with(
        ["coordinator", "--listen", control, "--http", http, "--model", model]
      ) { coordinator in
        let isListening = try await eventually { coordinator.output.contains(control) }
        #expect(isListening)
        let began = ContinuousClock.now
        let (seconds, _) = try await BraidProcess.with(
          ["worker", "--coordinator", control, "--model", model, "--compute", compute]
        ) { worker in
          let isRegistered = try await eventually { worker.errors.contains("registered") }
          #expect(isRegistered, "\(worker.errors)")
          return (ContinuousClock.now - began) / .seconds(1)
        }
        // It takes a fifth of this on two idle cores; the machine may be busy with something else.
        #expect(seconds < 3)
      }
    }

    @Test("A worker says how long it took to be ready, its restart for quiet threads included")
    func ready() async throws {
      let arguments = [
        "worker", "--coordinator", "tcp://127.0.0.1:\(try System.freePort())", "--model",
        try Fixtures.model(),
      ]
      let began = ContinuousClock.now
      let (worker, _) = try await BraidProcess.with(arguments) { worker in
        let isReady = try await eventually { worker.errors.contains("ready in ") }
        #expect(isReady, "\(worker.errors)")
        return (said: worker.errors, seconds: (ContinuousClock.now - began) / .seconds(1))
      }
      let match = try #require(worker.said.firstMatch(of: #/ready in ([0-9.]+) s \(compute: /#))
      let said = try #require(Double(match.1))
      // The kernel counts in hundredths of a second.
      #expect(said > 0.02 && said < worker.seconds + 0.02)
    }
  }
}
