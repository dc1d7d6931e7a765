/// The reason why a worker is refused. It does not try again by itself, except after ``Code/overloaded``.
///
/// It is read from a peer of any version, so that its message reaches the worker's user.
package struct Refusal: Hashable, Sendable {
  /// The kind of a refusal.
  package enum Code: String, Hashable, Sendable, CaseIterable {
    /// The two speak different versions of the protocol.
    case protocolVersion
    /// The two have different models.
    case identity
    /// The worker has not shown the right secret.
    case notAuthorised
    /// The coordinator accepts no workers just now.
    case overloaded
    /// The request cannot be read, or asks for the impossible.
    case malformed
  }

  /// The kind; nil for one that this side does not know.
  package var code: Code?
  /// The reason in one sentence, with both values of a mismatch.
  package var message: String

  package init(_ code: Code?, _ message: String) {
    self.code = code
    self.message = message
  }
}
