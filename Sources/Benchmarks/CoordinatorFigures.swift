internal import Coordinator

/// Figures of a coordinator of usual configuration that a model of it has to know.
package struct CoordinatorFigures: Sendable {
  /// The most bytes of unfinished transfers in memory.
  package let transferBudgetBytes: Int
  /// Seconds after which a worker whose transfer finds no room is to ask again.
  package let deferralSeconds: Double

  /// Reads them.
  package init() {
    let configuration = HubConfiguration(identity: WirePattern.identity)
    transferBudgetBytes = configuration.transferBudgetBytes
    deferralSeconds = configuration.deferral / .seconds(1)
  }
}
