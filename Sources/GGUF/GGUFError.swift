internal import Failures

/// An error met while opening or reading a GGUF file.
package struct GGUFError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// The file is missing, is a directory or cannot be read.
    case unreadable
    /// The file does not begin with the GGUF magic number.
    case notGGUF
    /// The file's version or byte order is not supported.
    case unsupportedVersion
    /// A tensor or a metadata value has a type that is not supported.
    case unsupportedType
    /// The file ends before what it declares.
    case truncated
    /// The file contradicts itself or the format.
    case malformed
    /// A key or a tensor that the caller needs is not there or has another type.
    case missing
    /// The file was written to, replaced or removed while it was being read.
    case changed
    /// The caller asked for rows that the tensor does not have, or gave too small a buffer.
    case badRequest
  }

  /// The kind of the failure.
  package let code: Code
  /// One sentence for a person.
  package let message: String
  /// The error of the file or the memory, where that was the reason.
  package let cause: (any Error)?

  /// Makes an error out of its parts.
  package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}
