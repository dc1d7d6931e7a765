internal import Addresses
internal import Gate
internal import Testing

@Suite("Peer probe", .timeLimit(.minutes(1)))
struct PeerProbeTests {
  @Test(arguments: [nil, Purpose.control, .bulk])
  func aGateIsFoundAtANumericAddress(purpose: Purpose?) async throws {
    try await Guarded.running { guarded in
      guard case .tcp(var endpoint) = guarded.gate.address else { return }
      // Its first address is ::1 on many machines, where nobody listens here.
      endpoint.host = "localhost"
      let finding = await PeerProbe.look(at: .tcp(endpoint), asking: purpose)
      #expect(finding == .found(guarded.gate.address))
    }
  }

  @Test func nobodyIsNamedWithWhatWasTried() async throws {
    let finding = await PeerProbe.look(at: .tcp(HostPort(host: "127.0.0.1", port: 1)))
    #expect(finding == .silent("127.0.0.1:1: Connection refused"))
    let unknown = await PeerProbe.look(at: .tcp(HostPort(host: "no-such-host.invalid", port: 1)))
    #expect(unknown == .silent("the host no-such-host.invalid is not known here"))
    let local = await PeerProbe.look(at: .abstract("braid-test-nobody"))
    #expect(local == .silent("nobody listens there"))
  }
}
