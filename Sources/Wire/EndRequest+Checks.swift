extension EndRequest {
  /// The longest time that is believed, in seconds: some thirty years.
  private static let longest = 1e9

  /// The seconds of computation, from 0 to a limit; what is no number counts as 0.
  public var checkedComputeSeconds: Double { Self.checked(computeSeconds) }

  /// The seconds of sending after the computation, from 0 to a limit; what is no number counts as 0.
  public var checkedWireSeconds: Double { Self.checked(wireSeconds) }

  private static func checked(_ seconds: Double) -> Double {
    seconds.isNaN ? 0 : min(max(0, seconds), longest)
  }
}
