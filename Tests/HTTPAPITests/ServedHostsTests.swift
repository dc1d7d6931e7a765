internal import Addresses
internal import HTTPAPI
internal import Testing

@Suite("Names under which a server is asked")
struct ServedHostsTests {
  private func hosts(
    _ address: String,
    machine: [String] = ["build-7", "10.1.2.3", "fe80::1"],
    given: [String] = []
  ) throws -> ServedHosts {
    ServedHosts(listening: try HostPort(parsing: address), machine: machine, given: given)
  }

  @Test(
    "A server on this machine is asked by its names and its port",
    arguments: [
      ("127.0.0.1:8080", true), ("localhost:8080", true), ("LocalHost:8080", true), ("localhost.:8080", true),
      ("[::1]:8080", true), ("[0:0:0:0:0:0:0:1]:8080", true), ("127.0.0.2:8080", true), ("127.0.0.1", false),
      ("localhost", false), ("127.0.0.1:80", false), ("127.0.0.1:8081", false), ("evil.example", false),
      ("evil.example:8080", false), ("127.0.0.1.evil.example:8080", false),
      ("localhost.evil.example:8080", false),
      ("build-7:8080", false), ("10.1.2.3:8080", false), ("", false), (":8080", false), ("[::1", false),
      ("::1:8080", false), ("127.0.0.1:", false), ("127.0.0.1:+8080", false), ("127.0.0.1:99999", false),
      ("user@127.0.0.1:8080", false), ("127.0.0.1:8080/", false), ("0.0.0.0:8080", false),
      ("127.0.0.1:9223372036854775808", false), ("local\u{7}host:8080", false),
    ]
  )
  func loopback(_ host: String, _ isServed: Bool) throws {
    #expect(try hosts("127.0.0.1:8080").serves(host: host, port: 8080) == isServed)
    #expect(try hosts("localhost:0").serves(host: host, port: 8080) == isServed)
  }

  @Test(
    "A server on all addresses is asked by those of the machine and its name as well",
    arguments: [
      ("build-7:8080", true), ("BUILD-7:8080", true), ("10.1.2.3:8080", true), ("[fe80::1]:8080", true),
      ("localhost:8080", true), ("127.0.0.1:8080", true), ("0.0.0.0:8080", true), ("build-7", false),
      ("10.1.2.4:8080", false), ("evil.example:8080", false),
    ]
  )
  func everywhere(_ host: String, _ isServed: Bool) throws {
    #expect(try hosts("0.0.0.0:8080").serves(host: host, port: 8080) == isServed)
  }

  @Test(
    "A server on one public address is not asked by names of loopback",
    arguments: [
      ("10.1.2.3:8080", true), ("build-7:8080", true), ("localhost:8080", false), ("127.0.0.1:8080", false),
    ]
  )
  func publicAddress(_ host: String, _ isServed: Bool) throws {
    #expect(try hosts("10.1.2.3:8080").serves(host: host, port: 8080) == isServed)
  }

  @Test(
    "A name that is given counts with any port, or with the port it has",
    arguments: [
      ("braid.example", true), ("Braid.Example:443", true), ("braid.example:8080", true),
      ("other.example:81", true),
      ("other.example", false), ("other.example:82", false), ("x.braid.example", false),
      ("[2001:db8::5]:9", true),
    ]
  )
  func given(_ host: String, _ isServed: Bool) throws {
    let hosts = try hosts("127.0.0.1:8080", given: ["braid.Example", "other.example:81", "[2001:DB8::5]"])
    #expect(hosts.serves(host: host, port: 8080) == isServed)
  }

  @Test("On port 80 the port may be left out")
  func usualPort() throws {
    let hosts = try hosts("127.0.0.1:80")
    #expect(hosts.serves(host: "localhost", port: 80))
    #expect(hosts.serves(origin: "http://localhost", port: 80))
    #expect(!hosts.serves(origin: "https://localhost", port: 80))
  }

  @Test(
    "A page may ask the server that it came from, and no other",
    arguments: [
      ("http://127.0.0.1:8080", true), ("http://localhost:8080", true), ("HTTP://localhost:8080", true),
      ("https://braid.example", true), ("null", false), ("", false), ("https://evil.example", false),
      ("http://evil.example:8080", false), ("http://localhost:3000", false), ("http://localhost", false),
      ("file://", false), ("chrome-extension://abc", false), ("localhost:8080", false),
    ]
  )
  func origins(_ origin: String, _ isServed: Bool) throws {
    let hosts = try hosts("127.0.0.1:8080", given: ["braid.example"])
    #expect(hosts.serves(origin: origin, port: 8080) == isServed)
  }
}
