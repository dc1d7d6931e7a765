/// How a ``CoordinatorHTTPServer`` listens and what it accepts.
public struct HTTPServerConfiguration: Hashable, Sendable {
  /// Where it listens.
  public var address: ListenAddress
  /// Whether an address that other machines can reach is allowed.
  public var insecure: Bool
  /// The largest document accepted, in bytes.
  public var maximumDocumentBytes: Int
  /// The largest chat request accepted, in bytes.
  public var maximumRequestBytes: Int
  /// How often an idle stream says that it is alive.
  public var keepAlive: Duration

  /// A configuration; everything but the address has a default.
  public init(
    address: ListenAddress,
    insecure: Bool = false,
    maximumDocumentBytes: Int = 256 << 20,
    maximumRequestBytes: Int = 4 << 20,
    keepAlive: Duration = .seconds(10)
  ) {
    self.address = address
    self.insecure = insecure
    self.maximumDocumentBytes = maximumDocumentBytes
    self.maximumRequestBytes = maximumRequestBytes
    self.keepAlive = keepAlive
  }

  /// Checks that the address may be listened on.
  ///
  /// - Throws: ``HTTPServerError/notLoopback(_:)`` for a public address that was not asked for.
  public func validate() throws(HTTPServerError) {
    guard address.isLoopback || insecure else { throw .notLoopback(address) }
  }
}
