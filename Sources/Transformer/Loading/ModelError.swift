/// An error in loading or running a model.
public struct ModelError: Error, Hashable, CustomStringConvertible {
  /// The kind of a failure, for a program to act on.
  public struct Code: Hashable, Sendable {
    private enum Value { case unsupported, malformed, outOfMemory, kernel, badInput, cancelled }
    private let value: Value

    /// The file describes a model that this program cannot run.
    public static let unsupported = Code(value: .unsupported)
    /// The file contradicts itself or lacks a part.
    public static let malformed = Code(value: .malformed)
    /// Memory could not be allocated.
    public static let outOfMemory = Code(value: .outOfMemory)
    /// The matrix library failed.
    public static let kernel = Code(value: .kernel)
    /// The caller's tokens or sizes do not fit the model.
    public static let badInput = Code(value: .badInput)
    /// The function that the caller passed for each finished layer ended the run.
    public static let cancelled = Code(value: .cancelled)
  }

  /// The kind of the failure.
  public let code: Code
  /// One sentence for a person.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
