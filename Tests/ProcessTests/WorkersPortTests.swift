internal import APITypes
internal import CommandLineSupport
internal import Glibc
internal import HTTPClient
internal import Testing

extension ProcessTests {
  @Suite("Strangers at the workers' port")
  struct WorkersPortTests {
    /// Sends bytes to a port, shuts down the sending side and resets the connection.
    private static func rush(_ port: Int, _ bytes: [UInt8]) {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      guard descriptor >= 0 else { return }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = in_port_t(UInt16(port).bigEndian)
      address.sin_addr.s_addr = inet_addr("127.0.0.1")
      let isConnected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
      if isConnected {
        _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        shutdown(descriptor, Int32(SHUT_WR))
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
      }
      close(descriptor)
    }

    @Test("Vanishing peers, random bytes, HTTP and half greetings for 10 s harm no worker and no document")
    func rushed() async throws {
      let (port, http) = (try System.freePort(), try System.freePort())
      let model = try Fixtures.model()
      let control = "tcp://localhost:\(port)"
      let url = try CoordinatorURL(parsing: "http://127.0.0.1:\(http)")
      let coordinator = [
        "coordinator", "--listen", control, "--http", "127.0.0.1:\(http)", "--model", model, "--insecure",
      ]
      @Sendable func worker(_ name: String) -> [String] {
        ["worker", "--coordinator", control, "--model", model, "--lanes", "1", "--name", name]
      }
      @Sendable func workers() async throws -> Int {
        try await CoordinatorClient.with(url) { try await $0.status().workers }
      }
      let text = try Fixtures.excerpt(characters: 4000)
      try await TemporaryFolder.with { folder in
        let path = try folder.file("a.txt", text)
        _ = try await BraidProcess.with(coordinator) { _ async throws in
          #expect(try await eventually { (try? await workers()) != nil })
          for _ in 0..<100 { Self.rush(port, []) }
          _ = try await BraidProcess.with(worker("first")) { _ async throws in
            #expect(try await eventually { (try? await workers()) == 1 })
            var generator = SystemRandomNumberGenerator()
            let end = ContinuousClock.now + .seconds(10)
            while ContinuousClock.now < end {
              for count in 0..<9 { Self.rush(port, Array([0, 0x53, 0x50, 0, 0, 0x30, 0, 0].prefix(count))) }
              Self.rush(port, (0..<256).map { _ in UInt8.random(in: 0...255, using: &generator) })
              Self.rush(port, Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
              try await Task.sleep(for: .milliseconds(5))
            }
            // The worker that was there works, and another can connect.
            let encoded = try await BraidProcess.run(
              "encode",
              path,
              "--coordinator",
              "http://127.0.0.1:\(http)",
              "--format",
              "json"
            )
            #expect(encoded.exit == .done, "\(encoded.errors)")
            let id = try #require(try encoded.json(JobReport.self).id)
            let answer = try await BraidProcess.run(
              "ask",
              id,
              "What is this about?",
              "--coordinator",
              "http://127.0.0.1:\(http)",
              "--max-tokens",
              "8"
            )
            #expect(answer.exit == .done, "\(answer.errors)")
            _ = try await BraidProcess.with(worker("second")) { _ async throws in
              #expect(try await eventually { (try? await workers()) == 2 })
            }
          }
        }
      }
    }

    @Test("Whoever knocks at the wrong port is told so")
    func wrongPort() async throws {
      let (port, http) = (try System.freePort(), try System.freePort())
      let model = try Fixtures.model()
      let coordinator = [
        "coordinator", "--listen", "tcp://127.0.0.1:\(port)", "--http", "127.0.0.1:\(http)", "--model", model,
      ]
      _ = try await BraidProcess.with(coordinator) { _ async throws in
        let url = try CoordinatorURL(parsing: "http://127.0.0.1:\(http)")
        #expect(
          try await eventually { (try? await CoordinatorClient.with(url) { try await $0.status() }) != nil }
        )
        let status = try await BraidProcess.run("status", "--coordinator", "http://127.0.0.1:\(port)")
        #expect(status.exit != .done)
        #expect(status.errors.contains("This port is for Braid's workers"), "\(status.errors)")
        let worker = try await BraidProcess.run(
          "worker",
          "--coordinator",
          "tcp://127.0.0.1:\(http)",
          "--model",
          model,
          "--lanes",
          "1"
        )
        #expect(worker.exit == .unreachable)
        #expect(worker.errors.contains("tcp://127.0.0.1:\(http) speaks HTTP"), "\(worker.errors)")
      }
    }
  }
}
