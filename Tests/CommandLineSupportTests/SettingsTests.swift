internal import CommandLineSupport
internal import Testing

@Suite("Settings")
struct SettingsTests {
  @Test("A flag wins over the environment, and that over the default")
  func order() throws {
    let empty = Settings(environment: ["BRAID_HTTP": ""])
    let set = Settings(environment: [
      "BRAID_HTTP": "http://127.0.0.1:9000/", "BRAID_LISTEN": "tcp://a:1", "BRAID_COORDINATOR": "tcp://b:2",
    ])
    #expect(empty.httpListen(flag: nil) == "127.0.0.1:8080")
    #expect(set.httpListen(flag: nil) == "127.0.0.1:9000")
    #expect(set.httpListen(flag: "x:1") == "x:1")
    #expect(empty.listen(flag: nil) == "tcp://127.0.0.1:7700")
    #expect(set.listen(flag: nil) == "tcp://a:1")
    #expect(empty.workerCoordinator(flag: nil) == "tcp://127.0.0.1:7700")
    #expect(set.workerCoordinator(flag: nil) == "tcp://b:2")
    #expect(set.workerCoordinator(flag: "tcp://c:3") == "tcp://c:3")
    #expect(try empty.httpCoordinator(flag: nil) == "http://127.0.0.1:8080")
    #expect(try set.httpCoordinator(flag: nil) == "http://127.0.0.1:9000/")
    #expect(try set.httpCoordinator(flag: "host:1") == "http://host:1")
  }

  @Test("The memory is a size")
  func memory() throws {
    #expect(try Settings(environment: [:]).memory(flag: nil) == nil)
    #expect(try Settings(environment: ["BRAID_MEMORY": "2GiB"]).memory(flag: nil) == 2 << 30)
    #expect(try Settings(environment: ["BRAID_MEMORY": "2GiB"]).memory(flag: 5) == 5)
    let failure = #expect(throws: CommandFailure.self) {
      try Settings(environment: ["BRAID_MEMORY": "much"]).memory(flag: nil)
    }
    #expect(failure?.code == .usage)
    #expect(failure?.message.contains("much") == true)
  }

  @Test("The workers' address is not taken for the HTTP address")
  func workersAddress() {
    let failure = #expect(throws: CommandFailure.self) {
      try Settings(environment: [:]).httpCoordinator(flag: "tcp://127.0.0.1:7700")
    }
    #expect(failure?.code == .usage)
  }

  @Test("The model is the flag's, else the variable's; models are in the data folder")
  func model() {
    let home = Settings(environment: ["HOME": "/home/u", "BRAID_MODEL": "m"])
    #expect(home.model(flag: nil) == "m")
    #expect(home.model(flag: "x.gguf") == "x.gguf")
    #expect(home.modelFolder == "/home/u/.local/share/braid/models")
    let data = Settings(environment: ["HOME": "/home/u", "BRAID_DATA": "/data", "BRAID_MODEL": ""])
    #expect(data.model(flag: nil) == nil)
    #expect(data.modelFolder == "/data/models")
    #expect(Settings(environment: [:]).modelFolder == nil)
  }
}
