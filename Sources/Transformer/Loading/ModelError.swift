/// Why a model cannot be loaded or run.
public struct ModelError: Error, Hashable, CustomStringConvertible {
  /// What kind of failure it is, for a program to act on.
  public struct Code: Hashable, Sendable {
    private enum Value { case unsupported, malformed, outOfMemory, kernel, badInput, cancelled }
    private let value: Value

    /// The file describes a model that this program cannot run.
    public static let unsupported = Code(value: .unsupported)
    /// The file contradicts itself or lacks something.
    public static let malformed = Code(value: .malformed)
    /// Memory could not be had.
    public static let outOfMemory = Code(value: .outOfMemory)
    /// The matrix library refused a product.
    public static let kernel = Code(value: .kernel)
    /// The caller's tokens or sizes do not fit the model.
    public static let badInput = Code(value: .badInput)
    /// The caller ended the run, from what it has called after a layer.
    public static let cancelled = Code(value: .cancelled)
  }

  /// What kind of failure it is.
  public let code: Code
  /// One sentence for a person.
  public let message: String

  /// Makes an error out of its parts.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// One sentence for a person.
  public var description: String { message }
}
