/// The workers for which the coordinator has warned that their sinks differ from its own.
///
/// Processes of one processor compute the same bits, whatever their threads. Other instruction sets and other
/// precisions do not, which deserves a warning for each worker but no refusal.
package struct SinkComparison {
  /// The most workers that are remembered; there is no warning for more.
  private static let most = 1024
  private var told: Set<String> = []

  package init() {}

  /// The warning about a worker whose sink differs.
  ///
  /// - Parameters:
  ///   - worker: Its identifier.
  ///   - compute: The precision that it computes in.
  ///   - coordinator: The precision that the coordinator computes in.
  /// - Returns: A sentence the first time; nil afterwards.
  package mutating func message(worker: String, compute: String, coordinator: String) -> String? {
    guard told.count < Self.most, told.insert(worker).inserted else { return nil }
    if compute != coordinator {
      return
        "the worker computes in \(compute) and the coordinator in \(coordinator), so that keys differ a little: give "
        + "all processes the same --compute if answers are to be the same whoever encodes"
    }
    return "the sink of a worker differs from the coordinator's: its processor rounds in another way; set "
      + "ONEDNN_MAX_CPU_ISA to the same for all processes if answers are to be the same whoever encodes"
  }
}
