/// An error that says why a context cannot be planned, encoded or asked.
public struct ContextError: Error, Hashable, CustomStringConvertible {
  /// One sentence: what is wrong and what to do.
  public let message: String

  /// Makes an error out of its sentence.
  public init(_ message: String) { self.message = message }

  public var description: String { message }
}
