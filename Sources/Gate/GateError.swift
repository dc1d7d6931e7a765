internal import Addresses
internal import Failures
internal import SystemPackage

/// An address that cannot be listened on.
package struct GateError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// A gate stands between processes, and the address is one within a process.
    case withinProcess
    /// The host has no address, or is not known.
    case unknownHost
    /// Another process listens there.
    case addressInUse
    /// The address belongs to another machine.
    case addressNotAvailable
    /// The system does not allow this process to listen there.
    case notAllowed
    /// The system refuses for another reason.
    case system
  }

  /// The kind of the failure.
  package let code: Code
  /// One sentence: which address, why, and what to do.
  package let message: String
  /// The system's own error, as far as it was asked.
  package let cause: (any Error)?

  init(_ code: Code, _ address: CoordinatorAddress, _ reason: String, cause: Errno? = nil) {
    self.code = code
    self.cause = cause
    message = "cannot listen on \(address): \(reason)"
  }

  init(_ address: CoordinatorAddress, _ error: Errno) {
    let (code, advice): (Code, String) =
      switch error {
      case .addressInUse:
        (.addressInUse, "the port is in use; stop the process that holds it or choose another port")
      case .addressNotAvailable: (.addressNotAvailable, "this machine has no such address")
      case .permissionDenied: (.notAllowed, "it is not allowed; choose a port above 1023")
      default: (.system, "\(error)")
      }
    self.init(code, address, advice, cause: error)
  }
}
