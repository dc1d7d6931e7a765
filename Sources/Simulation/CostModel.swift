/// The costs of the parts of an encoding. Times are in seconds, on a lane or a coordinator of speed 1.
///
/// A lane computes a chunk of r rows in `r * (secondsPerRow + secondsPerRowSquared * r)` seconds. Rows are
/// the tokens of chunk and lead.
package struct CostModel: Hashable, Sendable {
  /// Seconds for a row of a chunk, attention left out.
  package var secondsPerRow: Double
  /// Seconds of attention for a row of a chunk and each row of the same chunk.
  package var secondsPerRowSquared: Double
  /// Layers of the model; a layer's bytes can be sent when it is computed.
  package var layers: Int
  /// Bytes of a token on the wire, without summaries.
  package var bytesPerToken: Double
  /// Bytes of a chunk's summary on the wire.
  package var summary: SummarySize
  /// The most bytes a second that the coordinator can receive, check and store, with all its cores.
  package var ingestBytesPerSecond: Double
  /// Seconds of the coordinator for any message, besides a frame's bytes.
  package var messageSeconds: Double
  /// Seconds of the coordinator for a lease: for the decision and the answer.
  package var leaseSeconds: Double
  /// Seconds of the coordinator to merge, for each chunk.
  package var mergeSeconds: Double
  /// Processor seconds of a worker for every byte it sends, which its lanes lack.
  package var sendSecondsPerByte: Double
  /// Processor seconds of the coordinator for every byte it receives; they count if workers share its cores.
  package var receiveSecondsPerByte: Double

  /// Makes costs. The sources of the defaults are in docs/simulation.md.
  package init(
    secondsPerRow: Double = 0.976e-3,
    secondsPerRowSquared: Double = 0.163e-6,
    layers: Int = 30,
    bytesPerToken: Double = 23_040,
    summary: SummarySize = SummarySize(),
    ingestBytesPerSecond: Double = 1.9e9,
    messageSeconds: Double = 20e-6,
    leaseSeconds: Double = 50e-6,
    mergeSeconds: Double = 3e-6,
    sendSecondsPerByte: Double = 0.4e-9,
    receiveSecondsPerByte: Double = 0.8e-9
  ) {
    self.secondsPerRow = secondsPerRow
    self.secondsPerRowSquared = secondsPerRowSquared
    self.layers = layers
    self.bytesPerToken = bytesPerToken
    self.summary = summary
    self.ingestBytesPerSecond = ingestBytesPerSecond
    self.messageSeconds = messageSeconds
    self.leaseSeconds = leaseSeconds
    self.mergeSeconds = mergeSeconds
    self.sendSecondsPerByte = sendSecondsPerByte
    self.receiveSecondsPerByte = receiveSecondsPerByte
  }

  /// Sets the cost of rows from two measured chunks. If no positive costs fit both, rows cost the same in
  /// chunks of any length.
  ///
  /// - Parameters:
  ///   - short: The rows of a chunk and the seconds it took.
  ///   - long: The same of a longer one.
  package mutating func fitRows(
    short: (rows: Int, seconds: Double),
    long: (rows: Int, seconds: Double)
  ) {
    let first = short.seconds / Double(max(1, short.rows))
    let second = long.seconds / Double(max(1, long.rows))
    let slope = (second - first) / Double(max(1, long.rows - short.rows))
    if slope > 0, first - slope * Double(short.rows) > 0 {
      secondsPerRowSquared = slope
      secondsPerRow = first - slope * Double(short.rows)
    } else {
      secondsPerRowSquared = 0
      secondsPerRow = (short.seconds + long.seconds) / Double(max(1, short.rows + long.rows))
    }
  }

  /// Returns costs halfway between these and others of the same model.
  package func mean(with other: CostModel) -> CostModel {
    func middle(_ value: (CostModel) -> Double) -> Double { (value(self) + value(other)) / 2 }
    var mean = self
    mean.secondsPerRow = middle(\.secondsPerRow)
    mean.secondsPerRowSquared = middle(\.secondsPerRowSquared)
    mean.ingestBytesPerSecond = middle(\.ingestBytesPerSecond)
    mean.sendSecondsPerByte = middle(\.sendSecondsPerByte)
    mean.receiveSecondsPerByte = middle(\.receiveSecondsPerByte)
    return mean
  }

  /// Returns the seconds that a lane computes a chunk.
  package func computeSeconds(_ chunk: SimulatedChunk) -> Double {
    let rows = Double(chunk.tokens + chunk.lead)
    return rows * (secondsPerRow + secondsPerRowSquared * rows)
  }

  /// Returns the bytes of a chunk on the wire, its summary included.
  package func byteCount(_ chunk: SimulatedChunk) -> Int {
    max(1, Int((Double(chunk.tokens) * bytesPerToken + summary.bytes(tokens: chunk.tokens)).rounded()))
  }
}

/// The size of a chunk's summary, which has a part for the whole chunk and parts for its tokens. It is never
/// coded.
package struct SummarySize: Hashable, Sendable {
  /// Bytes that do not depend on the chunk's length.
  package var bytes: Double
  /// Bytes for each token.
  package var bytesPerToken: Double

  /// Makes a size, by default that of no summary.
  package init(bytes: Double = 0, bytesPerToken: Double = 0) {
    self.bytes = bytes
    self.bytesPerToken = bytesPerToken
  }

  /// Returns the bytes of the summary of a chunk of this many tokens.
  package func bytes(tokens: Int) -> Double { bytes + bytesPerToken * Double(tokens) }

  /// Makes a size from those of two measured summaries.
  ///
  /// - Parameters:
  ///   - short: The tokens of a chunk and the bytes of its summary.
  ///   - long: The same of a longer one.
  package init(short: (tokens: Int, bytes: Int), long: (tokens: Int, bytes: Int)) {
    bytesPerToken = Double(long.bytes - short.bytes) / Double(max(1, long.tokens - short.tokens))
    bytes = Double(short.bytes) - bytesPerToken * Double(short.tokens)
  }
}

/// The size of a chunk.
package struct SimulatedChunk: Hashable, Sendable {
  /// Tokens that are kept.
  package var tokens: Int
  /// Tokens before them that are computed again and not kept.
  package var lead: Int

  package init(tokens: Int, lead: Int = 0) {
    self.tokens = tokens
    self.lead = lead
  }
}

/// The network of workers and coordinator: every host has a link of this speed to a switch without limits.
package struct LinkModel: Hashable, Sendable {
  /// Bytes a second in one direction.
  package var bytesPerSecond: Double
  /// Seconds that a message travels in one direction, besides its bytes.
  package var latencySeconds: Double

  /// The link inside one machine, without a limit of its own.
  package static let loopback = LinkModel(bytesPerSecond: 1e15, latencySeconds: 50e-6)

  package init(bytesPerSecond: Double = 1.25e9, latencySeconds: Double = 0.0002) {
    self.bytesPerSecond = bytesPerSecond
    self.latencySeconds = latencySeconds
  }
}

/// The losses of workers.
package struct FailureModel: Hashable, Sendable {
  /// The sign by which the coordinator learns of a loss.
  package enum Sign: String, CaseIterable, Sendable {
    /// The process ended: its connections break at once.
    case process
    /// The machine is gone: nothing is heard any more.
    case machine
  }

  /// The chance that a worker is lost during an attempt at a chunk.
  package var chance: Double
  /// Seconds until a lost worker is back.
  package var restartSeconds: Double
  /// The sign by which the coordinator learns of a loss.
  package var sign: Sign

  package init(chance: Double = 0, restartSeconds: Double = 10, sign: Sign = .machine) {
    self.chance = chance
    self.restartSeconds = restartSeconds
    self.sign = sign
  }
}
