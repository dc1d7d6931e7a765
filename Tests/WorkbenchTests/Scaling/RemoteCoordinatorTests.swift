internal import APITypes
internal import CommandLineSupport
internal import Testing
internal import Workbench

@Suite("A coordinator elsewhere")
struct RemoteCoordinatorTests {
  private func coordinator(_ address: String) -> RemoteCoordinator {
    RemoteCoordinator(
      CoordinatorStatus(
        version: "0",
        model: "m",
        modelSHA256: String(repeating: "ab", count: 32),
        uptimeSeconds: 0,
        controlAddress: address,
        workers: 0,
        lanes: 0,
        documents: 0,
        chunksQueued: 0,
        chunksLeased: 0,
        kvBytes: 0
      )
    )
  }

  @Test(
    "The link is named by the address that workers dial",
    arguments: [
      ("tcp://127.0.0.1:7700", "loopback TCP"), ("tcp://127.8.0.1:7700", "loopback TCP"),
      ("tcp://localhost:7700", "loopback TCP"), ("tcp://[::1]:7700", "loopback TCP"),
      ("tcp://10.0.0.5:7700", "TCP to 10.0.0.5:7700"), ("tcp://[::10]:7700", "TCP to [::10]:7700"),
    ]
  )
  func link(address: String, link: String) {
    #expect(coordinator(address).link == link)
  }

  @Test("It must have the same model")
  func model() throws {
    let coordinator = coordinator("tcp://10.0.0.5:7700")
    try coordinator.checkModel("/m.gguf", sha256: String(repeating: "ab", count: 32))
    let expected = CommandFailure(
      .badInput,
      "The coordinator's model is abababababab and /m.gguf is cdcdcdcdcdcd: name the same file with --model."
    )
    #expect(throws: expected) {
      try coordinator.checkModel("/m.gguf", sha256: String(repeating: "cd", count: 32))
    }
  }

  @Test("It must have as many workers as are asked for")
  func workers() throws {
    try RemoteCoordinator.checkWorkers(connected: 3, wanted: 3)
    let expected = CommandFailure(
      .badInput,
      "The coordinator has 1 worker and --workers asks for 2: start more, or ask for fewer."
    )
    #expect(throws: expected) { try RemoteCoordinator.checkWorkers(connected: 1, wanted: 2) }
  }
}
