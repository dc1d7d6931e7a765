package import CommandLineSupport
internal import Tables

/// Worker processes on this machine for a scaling benchmark: how many, and where their lanes stay.
package struct LocalWorkersPlan: Hashable, Sendable {
  /// The number of workers.
  package let workers: Int
  /// The lanes of each.
  package let lanes: Int
  /// The processors of each worker's lanes; nil where there are fewer than lanes, which then go where they like.
  package let processors: [[Int]]?
  /// A line to warn people with where lanes share processors; nil where each has one of its own.
  package let warning: String?

  /// Shares the processors out.
  ///
  /// - Parameters:
  ///   - workers: The number of workers, at least 1.
  ///   - lanes: The lanes of each, at least 1.
  ///   - allowed: The processors that this process may use.
  /// - Throws: ``CommandFailure`` when they cannot be shared out.
  package init(workers: Int, lanes: Int, allowed: [Int]) throws(CommandFailure) {
    self.workers = workers
    self.lanes = lanes
    let fits = workers * lanes <= allowed.count
    warning =
      fits
      ? nil
      : "\(Quantities.counted(workers, "worker")) with \(Quantities.counted(lanes, "lane")) each share "
        + "\(Quantities.counted(allowed.count, "core")): the efficiency is that of this machine."
    processors = try LanePinning.shares(of: allowed, workers: workers, lanes: lanes, pins: fits ? true : nil)
  }
}
