internal import Addresses
internal import SystemPackage

/// The error of an address that cannot be listened on.
package struct GateError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One sentence: which address, why, and what to do.
  package let description: String

  init(_ address: CoordinatorAddress, _ reason: String) {
    description = "cannot listen on \(address): \(reason)"
  }

  init(_ address: CoordinatorAddress, _ error: Errno) {
    let advice =
      switch error {
      case .addressInUse: "the port is in use; stop the process that holds it or choose another port"
      case .addressNotAvailable: "this machine has no such address"
      case .permissionDenied: "it is not allowed; choose a port above 1023"
      default: "\(error)"
      }
    self.init(address, advice)
  }
}
