/// An error met while opening or reading a GGUF file.
public struct GGUFError: Error, Sendable, CustomStringConvertible {
  /// The kind of a failure.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Kind: String {
      case unreadable, notGGUF, unsupportedVersion, unsupportedType, truncated, malformed, missing, badRequest
      case changed
    }

    private let kind: Kind

    /// The file is missing, is a directory or cannot be read.
    public static let unreadable = Code(kind: .unreadable)
    /// The file does not begin with the GGUF magic number.
    public static let notGGUF = Code(kind: .notGGUF)
    /// The file's version or byte order is not supported.
    public static let unsupportedVersion = Code(kind: .unsupportedVersion)
    /// A tensor or a metadata value has a type that is not supported.
    public static let unsupportedType = Code(kind: .unsupportedType)
    /// The file is shorter than it declares.
    public static let truncated = Code(kind: .truncated)
    /// The file contradicts itself or the format.
    public static let malformed = Code(kind: .malformed)
    /// A key or a tensor that the caller needs is not there or has another type.
    public static let missing = Code(kind: .missing)
    /// The file was written to, replaced or removed while it was being read.
    public static let changed = Code(kind: .changed)
    /// The caller asked for rows that the tensor does not have, or gave too small a buffer.
    public static let badRequest = Code(kind: .badRequest)

    public var description: String { kind.rawValue }
  }

  /// The kind of the failure.
  public let code: Code
  /// One sentence that says what is wrong.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
