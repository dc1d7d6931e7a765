package import APITypes
internal import Tables

/// The text of an encoding's progress, with or without a bar.
package enum ProgressText {
  /// Returns a line without a bar, for logs.
  package static func plain(_ progress: EncodeProgress) -> String {
    "encoding: \(progress.chunksDone) of \(Quantities.counted(progress.chunks, "chunk"))"
      + " (\(percent(progress)) %), " + details(progress).joined(separator: ", ")
  }

  /// Returns a line with a bar that fits a terminal.
  ///
  /// Parts that do not fit are left out in this order: repeated attempts, workers, rate, time left, bar.
  ///
  /// - Parameters:
  ///   - progress: The progress.
  ///   - width: The number of the terminal's columns.
  ///   - colour: True if the bar may be coloured.
  /// - Returns: At most `width - 1` columns, so that no terminal wraps the line.
  package static func bar(_ progress: EncodeProgress, width: Int, colour: Bool) -> String {
    let room = max(width - 1, 0)
    let count = "\(progress.chunksDone)/\(Quantities.counted(progress.chunks, "chunk"))"
    var extras = details(progress).reversed().map { "  " + $0 }
    func tail() -> String { " " + count + extras.reversed().joined() }
    let minimum = 12
    while !extras.isEmpty, tail().count + minimum > room { extras.removeFirst() }
    let columns = min(room - tail().count - 2, 40)
    guard columns >= minimum - 2 else { return String(count.prefix(room)) }
    let filled = part(of: columns, progress.chunksDone, progress.chunks)
    let done = String(repeating: "#", count: filled)
    let open = String(repeating: "-", count: columns - filled)
    return "[" + (colour && filled > 0 ? "\u{1B}[36m\(done)\u{1B}[0m" : done) + open + "]" + tail()
  }

  /// Returns time left, rate, workers and repeated attempts, the most important first.
  private static func details(_ progress: EncodeProgress) -> [String] {
    var words: [String] = []
    if let left = progress.secondsLeft { words.append("\(Quantities.clock(left)) left") }
    if progress.tokensPerSecond > 0 { words.append("\(Quantities.rate(progress.tokensPerSecond)) tokens/s") }
    words.append(
      progress.workers == 0 ? "waiting for workers" : Quantities.counted(progress.workers, "worker")
    )
    if progress.retries > 0 { words.append("\(progress.retries) repeated") }
    return words
  }

  private static func percent(_ progress: EncodeProgress) -> Int {
    part(of: 100, progress.tokensDone, progress.tokens)
  }

  /// Returns the part of a whole that is done: from 0 to the whole, whatever a coordinator says.
  private static func part(of whole: Int, _ done: Int, _ all: Int) -> Int {
    all > 0 ? Int(Double(whole) * Double(min(max(0, done), all)) / Double(all)) : 0
  }
}

/// A limit on how often progress is shown: often on a terminal, every few seconds in a log.
package struct ProgressPacer: Sendable {
  private let interval: Duration
  private var last: (shown: EncodeProgress, at: Duration)?

  /// Makes a pacer with the shortest time between two states.
  ///
  /// - Parameter interval: The shortest time between two states shown, other than the first chunk and the
  ///   last.
  package init(interval: Duration) {
    self.interval = interval
  }

  /// The pace for a terminal, which is redrawn.
  package static var terminal: ProgressPacer { ProgressPacer(interval: .milliseconds(100)) }

  /// The pace for a log, which grows by a line each time.
  package static var log: ProgressPacer { ProgressPacer(interval: .seconds(3)) }

  /// Returns true if a state is to be shown now.
  ///
  /// The first state is shown at once, and so are the first chunk and the last. Nothing is shown twice.
  ///
  /// - Parameters:
  ///   - progress: The state.
  ///   - now: The time since any fixed moment.
  /// - Returns: True if it is to be shown; it then counts as shown.
  package mutating func shows(_ progress: EncodeProgress, at now: Duration) -> Bool {
    if let last {
      if last.shown == progress { return false }
      let isFirstChunk = last.shown.chunksDone == 0 && progress.chunksDone > 0
      let isComplete = progress.chunksDone == progress.chunks && last.shown.chunksDone < progress.chunks
      if !isFirstChunk, !isComplete, now - last.at < interval { return false }
    }
    last = (progress, now)
    return true
  }
}
