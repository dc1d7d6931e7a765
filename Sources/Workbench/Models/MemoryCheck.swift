package import CommandLineSupport
package import KVFormat
package import Machine
package import Runtime
internal import Tables
package import Transformer

/// The check whether a model fits into memory, made before its weights are read.
package struct MemoryCheck: Sendable {
  /// The model's sizes.
  package var configuration: ModelConfiguration
  /// The bytes of its embedding table.
  package var embeddings: Int
  /// What the command does with it.
  package var use: ModelUse
  /// The most threads that load it.
  package var threads: Int
  /// The memory that may be taken.
  package var memory: MemoryAllowance
  /// The precisions that the processor multiplies natively.
  package var supported: [Precision]

  /// A check from its parts.
  package init(
    configuration: ModelConfiguration,
    embeddings: Int,
    use: ModelUse,
    threads: Int,
    memory: MemoryAllowance,
    supported: [Precision]
  ) {
    self.configuration = configuration
    self.embeddings = embeddings
    self.use = use
    self.threads = threads
    self.memory = memory
    self.supported = supported
  }

  /// The need at a precision.
  package func need(_ compute: Precision) -> MemoryNeed { need(compute, use) }

  private func need(_ compute: Precision, _ use: ModelUse) -> MemoryNeed {
    MemoryNeed(configuration, compute: compute, embeddings: embeddings, use: use, threads: threads)
  }

  /// True if a need can be met.
  package func fits(_ need: MemoryNeed) -> Bool {
    need.own <= memory.left && need.total <= memory.together.left
  }

  /// Chooses the precision to load a model in.
  ///
  /// - Parameters:
  ///   - choice: The precision that was asked for.
  ///   - native: The processor's best.
  /// - Returns: The precision, and a warning where it is another than `auto` usually takes.
  /// - Throws: ``CommandFailure`` with code `badInput` that says what is needed, what is there and what would fit.
  package func precision(
    for choice: PrecisionChoice,
    native: Precision
  ) throws(CommandFailure) -> (precision: Precision, warning: String?) {
    let wanted = choice.precision ?? native
    // Loading says what a processor lacks.
    guard supported.contains(wanted), !fits(need(wanted)) else { return (wanted, nil) }
    guard choice == .auto, supported.contains(.int8), fits(need(.int8)) else {
      throw CommandFailure(.badInput, refusal(wanted))
    }
    let warning =
      "\(needed(wanted)), and \(left(wanted)): computing in int8, which needs "
      + "\(Quantities.bytes(need(.int8).total)) and is slightly less exact."
    return (.int8, warning)
  }

  private func needed(_ compute: Precision) -> String {
    let need = need(compute)
    let weights = need.weights
    var parts = [("weights", ClampedSize.sum([weights.blocks, weights.embeddings]))]
    if weights.head > 0 { parts.append(("head", weights.head)) }
    if need.lanes > weights.loading {
      parts.append((Quantities.counted(use.lanes, "lane"), need.lanes))
    } else {
      parts.append(("loading", weights.loading))
    }
    parts.append(("the rest", need.rest))
    if use.workers > 0 {
      let lanes = Quantities.counted(use.workerLanes, "lane")
      parts.append(("\(Quantities.counted(use.workers, "worker")) with \(lanes)", need.elsewhere))
    }
    let list = parts.map { "\($0.0) \(Quantities.bytes($0.1))" }.joined(separator: ", ")
    return "\(configuration.name) in \(compute.rawValue) needs \(Quantities.bytes(need.total)) (\(list))"
  }

  private func left(_ compute: Precision) -> String {
    let least = need(compute).own > memory.left ? memory : memory.together
    return "\(Quantities.bytes(least.left)) are left of \(least.limit)"
  }

  private func refusal(_ wanted: Precision) -> String {
    var ways: [String] = []
    func offer(_ flags: String, _ compute: Precision, _ use: ModelUse) -> Bool {
      let need = need(compute, use)
      guard fits(need) else { return false }
      ways.append("\(flags) needs \(Quantities.bytes(need.total))")
      return true
    }
    let canQuantise = wanted != .int8 && supported.contains(.int8)
    if canQuantise { _ = offer("--compute int8", .int8, use) }
    let lanes = use.workers > 0 ? use.workerLanes : use.answers ? 0 : use.lanes
    // The most that fit; a need grows with the lanes.
    let fitting = (1..<max(1, lanes)).reversed().first { fits(need(wanted, with(lanes: $0))) }
    if let fitting { _ = offer("--lanes \(fitting)", wanted, with(lanes: fitting)) }
    if use.workers > 1,
      let most = (1..<use.workers).reversed().first(where: { fits(need(wanted, with(workers: $0))) })
    {
      _ = offer("--workers \(most)", wanted, with(workers: most))
    }
    if ways.isEmpty {
      // All of it together: the least that the model can do with.
      var least = lanes > 1 ? with(lanes: 1) : use
      least.workers = min(1, least.workers)
      let compute = canQuantise ? Precision.int8 : wanted
      let flags = [
        canQuantise ? "--compute int8" : nil, lanes > 1 ? "--lanes 1" : nil,
        use.workers > 1 ? "--workers 1" : nil,
      ].compactMap(\.self).joined(separator: " ")
      if flags.isEmpty || !offer(flags, compute, least) {
        let need = Quantities.bytes(need(compute, least).total)
        ways.append(
          flags.isEmpty ? "Take a smaller model" : "Even \(flags) needs \(need): take a smaller model"
        )
      }
    }
    return "\(needed(wanted)), and \(left(wanted)). \(ways.joined(separator: "; ")), or give it more memory."
  }

  private func with(lanes: Int) -> ModelUse {
    var use = use
    if use.workers > 0 { use.workerLanes = lanes } else { use.lanes = lanes }
    return use
  }

  private func with(workers: Int) -> ModelUse {
    var use = use
    use.workers = workers
    return use
  }
}
