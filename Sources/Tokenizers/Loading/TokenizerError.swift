/// An error met while building a tokenizer from a model's vocabulary.
public struct TokenizerError: Error, Sendable, CustomStringConvertible {
  /// The kind of a failure.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Kind: String { case unsupported, malformed, missing }

    private let kind: Kind

    /// The tokenizer is of a kind, or has a setting, that is not supported.
    public static let unsupported = Code(kind: .unsupported)
    /// The vocabulary contradicts itself.
    public static let malformed = Code(kind: .malformed)
    /// The model file lacks a part of the tokenizer, such as its vocabulary or its merges.
    public static let missing = Code(kind: .missing)

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
