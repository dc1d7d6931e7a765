/// The reason why a worker is not taken. It does not come back by itself, except after ``Code/overloaded``.
///
/// It is read from a peer of any version, so that its message reaches the worker's user.
public struct Refusal: Hashable, Sendable {
  /// The kind of a refusal.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// The two speak other versions of the protocol.
    case protocolVersion
    /// The two differ in their models.
    case identity
    /// The worker has not shown the right secret.
    case notAuthorised
    /// The coordinator takes nobody just now.
    case overloaded
    /// The request cannot be read, or asks for what cannot be.
    case malformed
  }

  /// The kind, nil for one that this side does not know.
  public var code: Code?
  /// The reason in one sentence, with both values of a mismatch.
  public var message: String

  /// Refuses a worker.
  public init(_ code: Code?, _ message: String) {
    self.code = code
    self.message = message
  }
}
