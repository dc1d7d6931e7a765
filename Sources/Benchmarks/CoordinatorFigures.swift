internal import Addresses
internal import Coordinator

/// Figures of a coordinator of usual configuration that a model of it has to know.
package struct CoordinatorFigures: Sendable {
  /// The most bytes of unfinished transfers in memory.
  package let transferBudgetBytes: Int
  /// Seconds for which a transfer that finds no room waits for it before its worker is told to ask again.
  package let admissionSeconds: Double
  /// Seconds after which it is to ask again then.
  package let deferralSeconds: Double

  /// Reads them.
  package init() {
    let configuration = HubConfiguration(listen: .freePort, identity: WirePattern.identity)
    transferBudgetBytes = configuration.transferBudgetBytes
    admissionSeconds = configuration.admissionWait / .seconds(1)
    deferralSeconds = configuration.deferral / .seconds(1)
  }
}
