internal import Addresses
internal import Gate
internal import NNG
internal import Testing

@Suite("Gate", .timeLimit(.minutes(2)))
struct GateTests {
  @Test(arguments: [CoordinatorAddress.freePort, .abstract("braid-test-gate")])
  func bothSocketsAreServedAtOneAddress(address: CoordinatorAddress) async throws {
    try await Guarded.running(at: address) { guarded in
      let isServed = try await guarded.serves()
      #expect(isServed)
      #expect(guarded.gate.figures.joined == 2)
      #expect(guarded.gate.figures.refused == 0)
    }
  }

  /// The kind of peer that makes libnng 1.5 stop listening, often enough to do so.
  @Test func peersThatVanishWithinTheGreetingEndNothing() async throws {
    try await Guarded.running { guarded in
      #expect(try await guarded.serves())
      for count in 0..<100 {
        let peer = try RudePeer(guarded.gate.address)
        peer.send(Array(Greeting.bytes(.request).prefix(count % 9)))
        peer.halfCloseAndReset()
      }
      #expect(try await guarded.serves())
      #expect(guarded.gate.figures.joined == 4)
    }
  }

  @Test func peersThatVanishWithinAMessageEndNothing() async throws {
    try await Guarded.running { guarded in
      let start = Greeting.bytes(.request) + MessageFraming.tcp.header(length: 4096) + [0x80, 0, 0, 1, 8, 4]
      for _ in 0..<100 {
        let peer = try RudePeer(guarded.gate.address)
        peer.send(start)
        peer.halfCloseAndReset()
      }
      #expect(try await guarded.serves())
    }
  }

  @Test func strangersAreHungUpOn() async throws {
    try await Guarded.running { guarded in
      var generator = SystemRandomNumberGenerator()
      for _ in 0..<50 {
        let peer = try RudePeer(guarded.gate.address)
        // A one first, so that it is no greeting by chance.
        peer.send([1] + (0..<64).map { _ in UInt8.random(in: 0...255, using: &generator) })
        #expect(peer.readToEnd()?.isEmpty == true)
      }
      let announcing = try RudePeer(guarded.gate.address)
      announcing.send(Greeting.bytes(.request) + MessageFraming.tcp.header(length: 1 << 40))
      #expect(announcing.readToEnd() == Greeting.bytes(.reply))
      #expect(guarded.gate.figures.refused == 51)
      #expect(try await guarded.serves())
    }
  }

  @Test func aProgramThatSpeaksHTTPIsToldWhereItIs() async throws {
    try await Guarded.running { guarded in
      let peer = try RudePeer(guarded.gate.address)
      peer.send(Array("GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
      let answer = try #require(peer.readToEnd())
      let text = String(decoding: answer, as: UTF8.self)
      #expect(text.hasPrefix("HTTP/1.1 400 "))
      #expect(text.contains("This port is for Braid's workers"))
    }
  }

  @Test func thoseWhoSayNothingMakeRoom() async throws {
    try await Guarded.running(connections: 8) { guarded in
      let worker = try RequestSocket(dialing: guarded.gate.address.description)
      _ = try await worker.request(NNGMessage(copying: [8, 1]), timeout: .seconds(10))
      let strangers = try (0..<40).map { _ in try RudePeer(guarded.gate.address) }
      #expect(try await guarded.serves())
      // The connection that waited longest was ended, the working one was not.
      #expect(strangers.first?.readToEnd()?.isEmpty == true)
      _ = try await worker.request(NNGMessage(copying: [8, 1]), timeout: .seconds(10))
      #expect(guarded.gate.figures.connections <= 8)
      #expect(guarded.gate.figures.crowdedOut >= 32)
    }
  }

  @Test func thoseWhoStopWithinTheirFirstMessageMakeRoom() async throws {
    try await Guarded.running(connections: 8) { guarded in
      let start = Greeting.bytes(.request) + MessageFraming.tcp.header(length: 4000) + [0x80, 0, 0, 1, 8, 4]
      let strangers = try (0..<40).map { _ in try RudePeer(guarded.gate.address) }
      for stranger in strangers { stranger.send(start) }
      let isServed = try await guarded.serves()
      #expect(isServed)
      #expect(guarded.gate.figures.connections <= 8)
    }
  }

  @Test func aConnectionsOriginIsKnown() async throws {
    try await Guarded.running { guarded in
      let socket = try RequestSocket(dialing: guarded.gate.address.description)
      _ = try await socket.request(NNGMessage(copying: [8, 1]), timeout: .seconds(10))
      let pipe = try #require(guarded.control.pipes.first)
      #expect(guarded.gate.peerAddress(of: pipe)?.hasPrefix("127.0.0.1:") == true)
      #expect(guarded.gate.peerAddress(of: PipeID(rawValue: 1)) == nil)
    }
  }
}
