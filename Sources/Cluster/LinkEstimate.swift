/// An estimate of a worker's link and of what its lanes produce, which decides whether chunks are coded: a
/// value without clocks.
///
/// The link is measured while it is known to be busy, from the end of a chunk's computation to the end of its
/// transfer. Whatever arrives from the worker in that time comes as fast as the link allows.
package struct LinkEstimate: Hashable, Sendable {
  /// The ``load`` above which chunks are coded.
  package static let codingLoad = 1.0
  /// The ``load`` down to which chunks stay coded. Lower than ``codingLoad``, so that a link at the limit
  /// does not change back and forth.
  package static let plainLoad = 0.7

  private static let arrivalLimit = 256
  /// The weight of earlier measurements at each new one.
  private static let memory = 0.75

  private struct Arrival: Hashable {
    var seconds: Double
    var bytes: Int
  }

  /// The latest arrivals, a ring once it is full.
  private var arrivals: [Arrival] = []
  private var oldest = 0
  private var linkBytes = 0.0
  private var linkSeconds = 0.0
  private var computedBytes = 0.0
  private var computeSeconds = 0.0
  private var lanes = 1

  /// True if chunks are to be coded.
  package private(set) var prefersCoding = false

  /// Makes an estimate without measurements.
  package init() {}

  /// The rate of the link in bytes a second; nil before it was measured.
  package var linkBytesPerSecond: Double? { linkSeconds > 0 ? linkBytes / linkSeconds : nil }

  /// The plain bytes that all lanes compute in a second; nil before that was measured.
  package var producedBytesPerSecond: Double? {
    computeSeconds > 0 ? computedBytes / computeSeconds * Double(lanes) : nil
  }

  /// The time to send chunks plain over the time to compute them; nil before both were measured.
  package var load: Double? {
    guard let link = linkBytesPerSecond, link > 0, let produced = producedBytesPerSecond else { return nil }
    return produced / link
  }

  /// Notes the arrival of a frame.
  ///
  /// - Parameters:
  ///   - bytes: Its length.
  ///   - seconds: The time of its arrival.
  package mutating func arrived(bytes: Int, at seconds: Double) {
    let arrival = Arrival(seconds: seconds, bytes: bytes)
    if arrivals.count < Self.arrivalLimit {
      arrivals.append(arrival)
    } else {
      arrivals[oldest] = arrival
      oldest = (oldest + 1) % Self.arrivalLimit
    }
  }

  /// Notes a complete chunk, and decides again whether to code.
  ///
  /// - Parameters:
  ///   - plainBytes: The bytes of the chunk without a codec, its summary included, which is never coded.
  ///   - computeSeconds: The time for which a lane computed it.
  ///   - trailingSeconds: The time from then to the end of the transfer.
  ///   - lanes: The number of chunks that the worker computes at a time.
  ///   - seconds: The time at which the transfer ended.
  package mutating func completed(
    plainBytes: Int,
    computeSeconds: Double,
    trailingSeconds: Double,
    lanes: Int,
    at seconds: Double
  ) {
    if computeSeconds > 0, computeSeconds.isFinite {
      self.lanes = max(1, lanes)
      computedBytes = computedBytes * Self.memory + Double(plainBytes)
      self.computeSeconds = self.computeSeconds * Self.memory + computeSeconds
    }
    if trailingSeconds.isFinite, let (bytes, seconds) = busy(since: seconds - trailingSeconds, until: seconds)
    {
      linkBytes = linkBytes * Self.memory + bytes
      linkSeconds = linkSeconds * Self.memory + seconds
    }
    if let load { prefersCoding = load > (prefersCoding ? Self.plainLoad : Self.codingLoad) }
  }

  /// Returns the bytes that arrived in a time in which the link was busy, and the seconds that they took.
  private func busy(since start: Double, until end: Double) -> (bytes: Double, seconds: Double)? {
    let count = arrivals.count
    let found = (0..<count).lazy.map { arrivals[(oldest + $0) % count] }.filter { start < $0.seconds }
    guard let first = found.first, let last = found.last else { return nil }
    let bytes = found.reduce(0) { $0 + Double($1.bytes) }
    // A part of the first frame may have come before the start, so it only begins the time of the others.
    if bytes > Double(first.bytes), last.seconds > first.seconds {
      return (bytes - Double(first.bytes), last.seconds - first.seconds)
    }
    return end > start ? (bytes, end - start) : nil
  }
}
