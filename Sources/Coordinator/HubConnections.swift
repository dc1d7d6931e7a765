/// What came to the workers' port.
public struct HubConnections: Hashable, Sendable {
  /// Connections at this moment.
  public let open: Int
  /// Connections of workers so far.
  public let joined: Int
  /// Connections that were ended because they spoke something else, were slow, or sent what is no message.
  public let refused: Int
  /// Connections that found no place, or lost it to others.
  public let crowdedOut: Int
}
