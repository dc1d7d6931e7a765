internal import Failures

/// A text that is no address.
package struct AddressError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// The text has not the form of an address.
    case malformed
    /// It begins with the name of a transport that there is not.
    case unknownTransport
    /// It asks for encryption, which there is none of.
    case encrypted
  }

  /// The kind of the failure.
  package let code: Code
  /// One sentence: what is wrong and how an address is written.
  package let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}
