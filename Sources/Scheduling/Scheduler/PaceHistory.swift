/// The seconds per token of the latest completed leases of one model, and their median.
struct PaceHistory: Sendable {
  private static var capacity: Int { 256 }

  /// A ring.
  private var paces: [Double] = []
  private var next = 0
  /// The median of ``paces``; nil until it is asked for after a change.
  private var known: Double?

  /// The median, at least 1e-9; nil before the first pace.
  var median: Double? {
    mutating get {
      if known == nil, !paces.isEmpty { known = max(paces.sorted()[paces.count / 2], 1e-9) }
      return known
    }
  }

  /// Adds a pace, in place of the oldest one if there are many.
  mutating func add(_ pace: Double) {
    if paces.count < Self.capacity {
      paces.append(pace)
    } else {
      paces[next] = pace
      next = (next + 1) % Self.capacity
    }
    known = nil
  }
}
