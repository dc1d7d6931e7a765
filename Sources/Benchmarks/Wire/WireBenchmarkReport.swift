internal import Tables

/// The results of `braid bench wire`.
package struct WireReport: Encodable, Hashable, Sendable {
  /// One measured round.
  package struct Round: Hashable, Sendable {
    /// Bytes that were committed.
    package var bytes: Int
    /// Seconds from submission to the end of the job.
    package var seconds: Double
    /// Processor seconds of all threads, of both sides.
    package var processorSeconds: Double

    package init(bytes: Int, seconds: Double, processorSeconds: Double) {
      self.bytes = bytes
      self.seconds = seconds
      self.processorSeconds = processorSeconds
    }

    var gigabytesPerSecond: Double { Double(bytes) * 1e-9 / max(seconds, 1e-9) }
  }

  /// The connection between the two sides.
  package let transport: String
  /// Payload bytes of a frame.
  package let frameBytes: Int
  /// The number of workers that sent at the same time.
  package let senders: Int
  /// Bytes of one round.
  package let bytes: Int
  /// The number of measured rounds.
  package let repetitions: Int
  /// The median rate of the rounds, in 10^9 bytes per second.
  package let gigabytesPerSecond: Double
  /// The best rate of a round, in 10^9 bytes per second.
  package let gigabytesPerSecondBest: Double
  /// Processor seconds of both sides per 10^9 bytes: the median over the rounds.
  package let processorSecondsPerGigabyte: Double
  /// The best rate of one thread that copies in memory, in 10^9 bytes per second.
  package let memcpyGigabytesPerSecond: Double
  /// The best rate of a plain socket, in 10^9 bytes per second; nil without a socket.
  package let socketGigabytesPerSecond: Double?

  /// Makes the report from the rounds.
  ///
  /// - Parameters:
  ///   - transport: The connection between the two sides.
  ///   - frameBytes: Payload bytes of a frame.
  ///   - senders: The number of workers that sent at the same time.
  ///   - rounds: The measured rounds.
  ///   - limits: The machine's best rates.
  package init(
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
  package var lines: [String] {
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
