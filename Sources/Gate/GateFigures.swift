/// What a gate has seen so far.
package struct GateFigures: Hashable, Sendable {
  /// Connections at this moment.
  package var connections = 0
  /// Those of them whose first message has not passed.
  package var waiting = 0
  /// Connections that were joined to libnng.
  package var joined = 0
  /// Connections that were ended because they spoke something else, were slow, or sent what is no message.
  package var refused = 0
  /// Connections that found no place.
  package var crowdedOut = 0
}

/// Whether workers can come in.
package enum GateHealth: Hashable, Sendable {
  /// The gate is not watched yet, or the last look through it found both sockets answering.
  case open
  /// The last look found them silent, for this reason.
  case closed(String)
}
