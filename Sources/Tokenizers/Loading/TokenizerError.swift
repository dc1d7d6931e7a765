/// An error met while building a tokenizer from a model's vocabulary.
public struct TokenizerError: Error, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Kind: String { case unsupported, malformed, missing }

    private let kind: Kind

    /// The tokenizer's model or pre-tokenizer is not supported.
    public static let unsupported = Code(kind: .unsupported)
    /// The vocabulary contradicts itself.
    public static let malformed = Code(kind: .malformed)
    /// The model names no vocabulary or no merges.
    public static let missing = Code(kind: .missing)

    /// The name of the code.
    public var description: String { kind.rawValue }
  }

  /// What kind of thing went wrong.
  public let code: Code
  /// One sentence that says what is wrong.
  public let message: String

  /// Makes an error.
  ///
  /// - Parameters:
  ///   - code: What kind of thing went wrong.
  ///   - message: One sentence that says what is wrong.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
