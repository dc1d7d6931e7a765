/// The figures of a gate so far.
package struct GateFigures: Hashable, Sendable {
  /// Connections at this moment.
  package var connections = 0
  /// Connections whose first message has not passed yet.
  package var waiting = 0
  /// Connections that were joined to libnng.
  package var joined = 0
  /// Connections that were ended because they spoke something else, were slow, or sent what is no message.
  package var refused = 0
  /// Connections that were refused or ended because places were short.
  package var crowdedOut = 0
}

/// The health of a gate: workers can connect, or cannot.
package enum GateHealth: Hashable, Sendable {
  /// The gate is not tested yet, or too few tests in a row have failed.
  case open
  /// The latest tests found one of its sockets silent, for this reason.
  case closed(String)
}
