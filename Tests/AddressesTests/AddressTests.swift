internal import Addresses
internal import Testing

@Suite("Addresses")
struct AddressTests {
  @Test(arguments: [
    ("127.0.0.1:8080", "127.0.0.1", 8080, true), ("[::1]:0", "::1", 0, true),
    ("localhost:65535", "localhost", 65535, true),
    ("0.0.0.0:80", "0.0.0.0", 80, false), ("[fe80::1%eth0]:7700", "fe80::1%eth0", 7700, false),
    ("127.example.org:1", "127.example.org", 1, false), ("box_7.lan:7700", "box_7.lan", 7700, false),
  ])
  func hostsAndPortsAreReadAndWritten(text: String, host: String, port: UInt16, isLoopback: Bool) throws {
    let address = try HostPort(parsing: text)
    #expect(address == HostPort(host: host, port: port))
    #expect(address.description == text)
    #expect(address.isLoopback == isLoopback)
  }

  @Test(arguments: [
    "", ":", "host", "host:", ":80", "host:65536", "host:-1", "host:+1", "host:８０", "::1:80", "[::1]",
    "[]:80", "[host]:80",
    "a/b:80", "a b:80", "h\u{1B}:80", "host:99999999999999999999",
  ])
  func whatIsNoHostAndPortIsRefused(text: String) {
    #expect(throws: AddressError.self) { try HostPort(parsing: text) }
  }

  @Test(arguments: [
    ("tcp://127.0.0.1:7700", true), ("tcp://[::1]:7700", true), ("tcp://10.0.0.1:0", false),
    ("abstract://braid-1", true),
    ("inproc://bench", true),
  ])
  func coordinatorsHaveOneRuleForAddresses(text: String, isLoopback: Bool) throws {
    let address = try CoordinatorAddress(parsing: text)
    #expect(address.description == text)
    #expect(address.isLoopback == isLoopback)
  }

  @Test(arguments: [
    ("tcp://127.0.0.1:7700", 0, "tcp://127.0.0.1:7700"), ("tcp://[::1]:7700", 8000, "tcp://[::1]:8000"),
    ("tcp://host:7700", 65536, nil), ("abstract://braid", 0, "abstract://braid"),
    ("abstract://braid", 1, nil),
    ("inproc://braid", 0, "inproc://braid.bulk"),
  ])
  func chunksGoWhereTheCoordinatorSays(text: String, port: UInt32, expected: String?) throws {
    #expect(try CoordinatorAddress(parsing: text).bulk(port: port)?.description == expected)
  }

  @Test(arguments: [
    ("127.0.0.1:7700", "tcp://HOST:PORT"), ("tls+tcp://host:7700", "encryption"),
    ("http://host:80", "tcp:// or abstract://"),
    ("tcp://::1:7700", "tcp://[::1]:7700"), ("tcp://host", "tcp://HOST:PORT"),
    ("tcp://host:7700/x", "tcp://HOST:PORT"),
    ("abstract://", "1 to 64"), ("abstract://a/b", "1 to 64"), ("ipc:///tmp/x", "tcp:// or abstract://"),
    ("tcp6://[::1]:7700", "tcp:// or abstract://"),
  ])
  func whatIsNoAddressIsRefusedWithTheForm(text: String, form: String) {
    let error = #expect(throws: AddressError.self) { try CoordinatorAddress(parsing: text) }
    #expect(error?.message.contains(form) == true)
    #expect(error?.message.contains(text) == true)
  }
}
