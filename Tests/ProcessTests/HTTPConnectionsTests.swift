internal import APITypes
internal import CommandLineSupport
internal import Glibc
internal import HTTPClient
internal import Testing

extension ProcessTests {
  @Suite("Strangers at the HTTP port")
  struct HTTPConnectionsTests {
    /// Opens a connection and sends half a request line.
    private static func half(_ port: Int) -> Int32? {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
      guard descriptor >= 0 else { return nil }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = in_port_t(UInt16(port).bigEndian)
      address.sin_addr.s_addr = inet_addr("127.0.0.1")
      withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          _ = connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      // A connection that still waits to be accepted takes the text as well.
      var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      guard poll(&waiting, 1, 20) == 1 else { return descriptor }
      let text = Array("GET /healthz HT".utf8)
      _ = send(descriptor, text, text.count, Int32(MSG_NOSIGNAL))
      return descriptor
    }

    /// Returns the number of descriptors that a process has open.
    private static func descriptors(of process: Int32) -> Int {
      guard let folder = opendir("/proc/\(process)/fd") else { return 0 }
      defer { closedir(folder) }
      var count = 0
      while readdir(folder) != nil { count += 1 }
      return count
    }

    @Test("With 256 descriptors and a thousand half requests a document is encoded and asked")
    func thousand() async throws {
      var limits = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
      limits.rlim_cur = limits.rlim_max
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
      let (port, http) = (try System.freePort(), try System.freePort())
      let (url, model) = ("http://127.0.0.1:\(http)", try Fixtures.model())
      let client = try CoordinatorURL(parsing: url)
      let coordinator = [
        "coordinator", "--listen", "tcp://127.0.0.1:\(port)", "--http", "127.0.0.1:\(http)", "--model", model,
      ]
      let worker = ["worker", "--coordinator", "tcp://127.0.0.1:\(port)", "--model", model, "--lanes", "1"]
      let text = try Fixtures.excerpt(characters: 4000)
      let run = try await TemporaryFolder.with { folder in
        let path = try folder.file("a.txt", text)
        return try await BraidProcess.with(coordinator, after: "ulimit -n 256") { process async throws in
          @Sendable func status() async throws -> CoordinatorStatus {
            try await CoordinatorClient.with(client) { try await $0.status() }
          }
          #expect(try await eventually { (try? await status()) != nil })
          let strangers = (0..<1000).compactMap { _ in Self.half(http) }
          defer { for descriptor in strangers { close(descriptor) } }
          #expect(strangers.count > 900)
          let start = ContinuousClock.now
          #expect(try await status().workers == 0)
          #expect(ContinuousClock.now - start < .seconds(5))
          let open = Self.descriptors(of: process.id)
          #expect((20..<200).contains(open), "\(open)")
          // A worker still finds descriptors, and the document that it encodes can be asked.
          _ = try await BraidProcess.with(worker) { _ async throws in
            #expect(try await eventually { (try? await status().workers) == 1 })
            let arguments = ["--coordinator", url, "--format", "json"]
            let encode = ["encode", path] + arguments
            let encoded = try await BraidProcess.with(encode, stop: false) { _ in }.outcome
            #expect(encoded.exit == .done, "\(encoded.errors)")
            let id = try #require(try encoded.json(JobReport.self).id)
            let question = ["ask", id, "What is this?", "--max-tokens", "4"] + arguments
            let asked = try await BraidProcess.with(question, stop: false) { _ in }.outcome
            #expect(asked.exit == .done, "\(asked.errors)")
          }
        }
      }
      #expect(run.outcome.exit == .interrupted, "\(run.outcome.errors)")
      let told = run.outcome.errorLines.filter { $0.contains("as many HTTP connections") }
      #expect(told.count == 1, "\(run.outcome.errors)")
    }
  }
}
