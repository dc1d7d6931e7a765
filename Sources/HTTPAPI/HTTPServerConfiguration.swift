package import Addresses

/// The configuration of a ``CoordinatorHTTPServer``.
package struct HTTPServerConfiguration: Hashable, Sendable {
  /// The address on which it listens.
  package var address: HostPort
  /// True to allow an address that other machines can reach.
  package var insecure: Bool
  /// Names under which clients may address it besides its address, with or without a port, for example those
  /// of a proxy.
  package var hosts: [String]
  /// The most connections, at least 1.
  package var maximumConnections: Int
  /// The time that each phase of a connection may take.
  package var limits = ConnectionDeadline.Limits()
  /// The largest document accepted, in bytes.
  package var maximumDocumentBytes: Int
  /// The largest chat request accepted, in bytes.
  package var maximumRequestBytes: Int
  /// The interval of the comments that show a stream to be alive.
  package var keepAlive: Duration

  package init(
    address: HostPort,
    insecure: Bool = false,
    hosts: [String] = [],
    maximumConnections: Int = DescriptorLimit.httpConnections(),
    maximumDocumentBytes: Int = 256 << 20,
    maximumRequestBytes: Int = 4 << 20,
    keepAlive: Duration = .seconds(10)
  ) {
    self.address = address
    self.insecure = insecure
    self.hosts = hosts
    self.maximumConnections = maximumConnections
    self.maximumDocumentBytes = maximumDocumentBytes
    self.maximumRequestBytes = maximumRequestBytes
    self.keepAlive = keepAlive
  }

  /// Checks that the address may be listened on.
  ///
  /// - Throws: ``HTTPServerError/notLoopback(_:)`` for a public address that was not allowed.
  package func validate() throws(HTTPServerError) {
    guard address.isLoopback || insecure else { throw .notLoopback(address) }
  }
}

extension HTTPServerConfiguration {
  /// The check of every request.
  var requestCheck: RequestCheck {
    RequestCheck(
      hosts: ServedHosts(
        listening: address,
        machine: address.isLoopback ? [] : MachineNames.all(),
        given: hosts
      ),
      maximumDocumentBytes: maximumDocumentBytes,
      maximumRequestBytes: maximumRequestBytes
    )
  }

  /// The number of connections at which no more are accepted for the moment. Those that are being closed
  /// count as well.
  var mostOpenConnections: Int {
    let (sum, overflow) = maximumConnections.addingReportingOverflow(max(8, maximumConnections / 4))
    return overflow ? .max : sum
  }
}
