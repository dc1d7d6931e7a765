internal import Tables

/// What `bench wire` found out.
public struct WireReport: Encodable, Hashable, Sendable {
  /// One measured round.
  public struct Round: Hashable, Sendable {
    /// Bytes that were committed.
    public var bytes: Int
    /// From submission to the last commit.
    public var seconds: Double
    /// Computing time of all threads, of both sides.
    public var processorSeconds: Double

    /// A round from its parts.
    public init(bytes: Int, seconds: Double, processorSeconds: Double) {
      self.bytes = bytes
      self.seconds = seconds
      self.processorSeconds = processorSeconds
    }

    var gigabytesPerSecond: Double { Double(bytes) * 1e-9 / max(seconds, 1e-9) }
  }

  /// What connected the two sides.
  public let transport: String
  /// Payload bytes of a frame.
  public let frameBytes: Int
  /// Workers that sent at the same time.
  public let senders: Int
  /// Bytes of one round.
  public let bytes: Int
  /// Measured rounds.
  public let repetitions: Int
  /// The median over the rounds, in 10^9 bytes a second.
  public let gigabytesPerSecond: Double
  /// The best round.
  public let gigabytesPerSecondBest: Double
  /// Computing time for 10^9 bytes, both sides together; the median over the rounds.
  public let processorSecondsPerGigabyte: Double
  /// What one thread copies in memory at best.
  public let memcpyGigabytesPerSecond: Double
  /// What a plain socket carries at best; nil where there is none.
  public let socketGigabytesPerSecond: Double?

  /// Sums the rounds up.
  ///
  /// - Parameters:
  ///   - transport: What connected the two sides.
  ///   - frameBytes: Payload bytes of a frame.
  ///   - senders: Workers that sent at the same time.
  ///   - rounds: The measured rounds.
  ///   - limits: What the machine gives at best.
  public init(
    transport: String,
    frameBytes: Int,
    senders: Int,
    rounds: [Round],
    limits: HardwareLimits
  ) {
    self.transport = transport
    self.frameBytes = frameBytes
    self.senders = senders
    bytes = rounds.first?.bytes ?? 0
    repetitions = rounds.count
    gigabytesPerSecond = median(rounds.map(\.gigabytesPerSecond))
    gigabytesPerSecondBest = rounds.map(\.gigabytesPerSecond).max() ?? 0
    processorSecondsPerGigabyte = median(rounds.map { $0.processorSeconds * 1e9 / Double(max(1, $0.bytes)) })
    memcpyGigabytesPerSecond = limits.memcpyGigabytesPerSecond
    socketGigabytesPerSecond = limits.socketGigabytesPerSecond
  }

  private enum CodingKeys: String, CodingKey {
    case transport, senders, bytes, repetitions
    case frameBytes = "frame_bytes"
    case gigabytesPerSecond = "gigabytes_per_second"
    case gigabytesPerSecondBest = "gigabytes_per_second_best"
    case processorSecondsPerGigabyte = "cpu_seconds_per_gigabyte"
    case memcpyGigabytesPerSecond = "memcpy_gigabytes_per_second"
    case socketGigabytesPerSecond = "socket_gigabytes_per_second"
  }

  /// The report in lines.
  public var lines: [String] {
    func rate(_ value: Double) -> String { "\(Quantities.decimal(value, places: 2)) GB/s" }
    let socket = socketGigabytesPerSecond.map { ", a plain socket \(rate($0))" } ?? ""
    return [
      "\(transport), \(Quantities.counted(senders, "sender")), frames of \(Quantities.count(frameBytes)) bytes",
      "  KV path  \(rate(gigabytesPerSecond)) (median of \(repetitions), best \(rate(gigabytesPerSecondBest)))",
      "  compute  \(Quantities.decimal(processorSecondsPerGigabyte, places: 2)) CPU seconds per GB, both sides",
      "  limits   memcpy \(rate(memcpyGigabytesPerSecond))\(socket)",
    ]
  }
}
