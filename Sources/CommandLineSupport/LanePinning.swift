internal import Tables

/// The assignment of processors to the lanes of workers.
package enum LanePinning {
  /// Reads a list like `0,2` or `4-7,9`, in the form of `taskset`.
  ///
  /// - Parameter text: Numbers and ranges, separated by commas.
  /// - Returns: The processors in the order given; nil for any other text, for a processor named twice and
  ///   for numbers above 4095.
  package static func processors(parsing text: String) -> [Int]? {
    var processors: [Int] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { number($0) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last else {
        return nil
      }
      processors += first...last
      // There are only 4096 numbers, so some are named twice.
      guard processors.count <= 4096 else { return nil }
    }
    return Set(processors).count == processors.count ? processors : nil
  }

  private static func number(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else {
      return nil
    }
    return number < 4096 ? number : nil
  }

  /// Distributes processors among local workers, one to a lane.
  ///
  /// By default, lanes are pinned only if they take all processors: fewer lanes would all gather on the first
  /// processors, together with those of other programs that count alike.
  ///
  /// - Parameters:
  ///   - processors: The processors that may be used.
  ///   - workers: The number of workers, at least 1.
  ///   - lanes: The lanes of each, at least 1.
  ///   - pins: Whether lanes are to be pinned; nil to decide.
  /// - Returns: For each worker as many processors as it has lanes, none of them twice; nil when lanes are
  ///   not pinned.
  /// - Throws: ``CommandFailure`` with code `usage` when pinning was asked for and processors are too few.
  package static func shares(
    of processors: [Int],
    workers: Int,
    lanes: Int,
    pins: Bool?
  ) throws(CommandFailure) -> [[Int]]? {
    let fits = workers > 0 && lanes > 0 && workers <= processors.count / lanes
    guard pins ?? (fits && workers * lanes == processors.count) else { return nil }
    guard fits else {
      throw CommandFailure(
        .usage,
        "--pin needs a core for each lane and this process may use \(Quantities.counted(processors.count, "core")): "
          + "give fewer lanes."
      )
    }
    return (0..<workers).map { Array(processors[$0 * lanes..<($0 + 1) * lanes]) }
  }

  /// Returns the processors for the lanes of one worker.
  ///
  /// - Parameters:
  ///   - lanes: The number of the worker's lanes.
  ///   - allowed: The processors that its process may use.
  ///   - chosen: Those named by a flag; nil for none.
  ///   - pins: Whether lanes are to be pinned; nil to decide.
  /// - Returns: A processor for each lane; empty when lanes are not pinned.
  /// - Throws: ``CommandFailure`` with code `usage` when what was asked for cannot be.
  package static func processors(
    lanes: Int,
    allowed: [Int],
    chosen: [Int]?,
    pins: Bool?
  ) throws(CommandFailure) -> [Int] {
    guard let chosen else {
      return try shares(of: allowed, workers: 1, lanes: lanes, pins: pins)?.first ?? []
    }
    if pins == false { throw CommandFailure(.usage, "Only one of --no-pin and --cpus makes sense.") }
    if let other = chosen.first(where: { !allowed.contains($0) }) {
      let list = allowed.map(String.init).joined(separator: ",")
      throw CommandFailure(.usage, "--cpus names core \(other): this process may use \(list).")
    }
    guard chosen.count >= lanes else {
      throw CommandFailure(
        .usage,
        "--cpus names \(Quantities.counted(chosen.count, "core")) for \(Quantities.counted(lanes, "lane")): "
          + "name one for each, or give fewer --lanes."
      )
    }
    return Array(chosen.prefix(lanes))
  }
}
