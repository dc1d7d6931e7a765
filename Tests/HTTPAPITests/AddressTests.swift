internal import APITypes
internal import Addresses
internal import HTTPAPI
internal import HTTPClient
internal import Logging
internal import Testing

@Suite("Addresses")
struct AddressTests {
  @Test(
    "Addresses to listen on are read",
    arguments: [
      ("127.0.0.1:8080", "127.0.0.1", 8080, true), ("localhost:0", "localhost", 0, true),
      ("[::1]:65535", "::1", 65535, true), ("127.8.9.10:1", "127.8.9.10", 1, true),
      ("0.0.0.0:80", "0.0.0.0", 80, false), ("[::]:80", "::", 80, false),
      ("127.0.0.1.example.org:80", "127.0.0.1.example.org", 80, false), ("127.0.0:80", "127.0.0", 80, false),
    ]
  )
  func listen(_ text: String, _ host: String, _ port: UInt16, _ loopback: Bool) throws {
    let address = try HostPort(parsing: text)
    #expect(address == HostPort(host: host, port: port))
    #expect(address.isLoopback == loopback)
    #expect(address.description == text)
  }

  @Test(
    "Other texts are refused",
    arguments: [
      "", "8080", "127.0.0.1", ":80", "a:", "a:-1", "a:65536", "a:+1", "::1:80", "http://a:80", "a b:1",
    ]
  )
  func malformed(_ text: String) {
    #expect(throws: AddressError.self) { try HostPort(parsing: text) }
  }

  @Test("A public address needs to be asked for")
  func publicAddress() throws {
    let address = HostPort(host: "0.0.0.0", port: 0)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    #expect(throws: HTTPServerError.notLoopback(address)) {
      try CoordinatorHTTPServer(
        service: FakeCoordinator(),
        configuration: HTTPServerConfiguration(address: address),
        logger: logger
      )
    }
    _ = try CoordinatorHTTPServer(
      service: FakeCoordinator(),
      configuration: HTTPServerConfiguration(address: address, insecure: true),
      logger: logger
    )
  }

  @Test(
    "Addresses of coordinators are read",
    arguments: [
      "http://127.0.0.1:8080", "https://host/prefix", "http://[::1]", "http://[::1]:80", "http://h:65535/a:b",
    ]
  )
  func coordinator(_ text: String) throws {
    #expect(try CoordinatorURL(parsing: text).description == text)
    #expect(try CoordinatorURL(parsing: text + "/").description == text)
  }

  @Test(
    "Other texts are no addresses of coordinators",
    arguments: [
      "", "127.0.0.1:8080", "tcp://127.0.0.1:7700", "http://", "http:///", "http://:80", "http://a b",
      "http://a?x", "http://a:65536", "http://a:99999999999999999999", "http://a:0", "http://a:",
      "http://a:x",
      "http://a:-1", "http://::1:80", "http://[a]:80",
    ]
  )
  func malformedCoordinator(_ text: String) {
    #expect(throws: ClientError.malformedURL(text)) { try CoordinatorURL(parsing: text) }
  }
}
