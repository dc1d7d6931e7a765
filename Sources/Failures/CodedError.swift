/// The form of every error that leaves a target: a code for programs, a sentence for a person, and the error behind
/// it.
///
/// A type that adopts it is a structure with a nested `Code` and these properties. What is thrown only to be acted
/// on, and never shown, need not have this form.
package protocol CodedError: Error, Hashable, CustomStringConvertible {
  /// The kinds of failure that the type tells apart.
  associatedtype Code: Hashable, Sendable

  /// The kind of the failure, for a program to act on.
  var code: Code { get }
  /// One sentence for a person: what is wrong and what to do. It holds all that is to be read, the cause included.
  var message: String { get }
  /// The error of a lower layer that led to this one; nil when there is none.
  var cause: (any Error)? { get }
}

extension CodedError {
  /// Nothing.
  package var cause: (any Error)? { nil }

  /// The message.
  package var description: String { message }

  /// Compares code and message. The cause is left out, as the message holds what matters of it.
  package static func == (first: Self, second: Self) -> Bool {
    first.code == second.code && first.message == second.message
  }

  /// Hashes the code and the message.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(code)
    hasher.combine(message)
  }
}
