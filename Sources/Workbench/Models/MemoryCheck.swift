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
  /// What its tensors take in the file.
  package var tensors: TensorBytes
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
    tensors: TensorBytes,
    use: ModelUse,
    threads: Int,
    memory: MemoryAllowance,
    supported: [Precision]
  ) {
    self.configuration = configuration
    self.tensors = tensors
    self.use = use
    self.threads = threads
    self.memory = memory
    self.supported = supported
  }

  /// The need of some plans.
  package func need(_ plans: WeightPlans) -> MemoryNeed { need(plans, use) }

  private func need(_ plans: WeightPlans, _ use: ModelUse) -> MemoryNeed {
    MemoryNeed(configuration, plans: plans, tensors: tensors, use: use, threads: threads)
  }

  /// True if a need can be met.
  package func fits(_ need: MemoryNeed) -> Bool {
    need.own <= memory.left && need.total <= memory.together.left
  }

  /// The plans that a choice allows, the fastest first.
  ///
  /// - Parameters:
  ///   - compute: The precision that was asked for.
  ///   - weights: The form of weights that was asked for.
  ///   - automatic: The precision that `auto` takes.
  /// - Returns: One plan at least. `auto` and f32 go from packed weights to weights as they are in the file, which are
  ///   multiplied in f32; answering changes to them before encoding does.
  package func plans(
    compute: PrecisionChoice,
    weights: WeightChoice,
    automatic: Precision
  ) -> [WeightPlans] {
    let wanted = compute.precision ?? automatic
    switch weights {
    case .packed: return [WeightPlans(.packed(wanted))]
    case .compact: return [WeightPlans(.compact)]
    case .auto: break
    }
    var plans = [WeightPlans(.usual(wanted))]
    if use.answers, use.lanes == 0 { plans.append(WeightPlans(own: .compact, workers: .usual(wanted))) }
    if compute == .auto || wanted == .f32 { plans.append(WeightPlans(.compact)) }
    return plans
  }

  /// Chooses how a model's weights are kept.
  ///
  /// - Parameters:
  ///   - compute: The precision that was asked for.
  ///   - weights: The form of weights that was asked for.
  ///   - automatic: The precision that `auto` takes.
  /// - Returns: The plans, and a warning where they are others than usual.
  /// - Throws: ``CommandFailure`` with code `badInput` that says what is needed, what is there and what would fit.
  package func plans(
    for compute: PrecisionChoice,
    weights: WeightChoice = .auto,
    automatic: Precision
  ) throws(CommandFailure) -> (plans: WeightPlans, warning: String?) {
    let plans = plans(compute: compute, weights: weights, automatic: automatic)
    let usual = plans.first ?? WeightPlans(.compact)
    // Loading says what a processor lacks.
    guard supported.contains(usual.own.compute), !fits(need(usual)) else { return (usual, nil) }
    guard let fitting = plans.dropFirst().first(where: { fits(need($0)) }) else {
      throw CommandFailure(.badInput, refusal(plans))
    }
    let total = Quantities.bytes(need(fitting).total)
    let warning =
      "\(needed(usual)), and \(left(usual)): \(told(fitting)). That needs \(total)."
    return (fitting, warning)
  }

  /// What plans do about little memory.
  private func told(_ plans: WeightPlans) -> String {
    // A process that neither answers nor starts workers has a plan of its own only.
    let encoding = use.workers > 0 ? plans.workers : plans.own
    return encoding == .compact && (use.workers > 0 || use.lanes > 0)
      ? "keeping weights as they are in the file, which encodes in f32 and slower"
      : "answering with weights as they are in the file"
  }

  private func needed(_ plans: WeightPlans) -> String {
    let need = need(plans)
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
    // The precision of the processes that encode.
    let compute = (use.workers > 0 ? plans.workers : plans.own).compute
    return "\(configuration.name) in \(compute.rawValue) needs \(Quantities.bytes(need.total)) (\(list))"
  }

  private func left(_ plans: WeightPlans) -> String {
    let least = need(plans).own > memory.left ? memory : memory.together
    return "\(Quantities.bytes(least.left)) are left of \(least.limit)"
  }

  /// Ways to need less: flags, with the plans that they lead to.
  private func savings(_ wanted: WeightPlans) -> [(flags: String, plans: WeightPlans)] {
    var ways: [(String, WeightPlans)] = []
    if wanted.own.compute != .int8, wanted.own != .compact, supported.contains(.int8) {
      let isPacked = wanted.own == .packed(wanted.own.compute)
      ways.append(("--compute int8", WeightPlans(isPacked ? .packed(.int8) : .usual(.int8))))
    }
    if need(WeightPlans(.compact)).total < need(wanted).total {
      let flags = wanted.own.compute == .f32 ? "--weights compact" : "--compute f32 --weights compact"
      ways.append((flags, WeightPlans(.compact)))
    }
    return ways
  }

  /// Says that none of some plans fits, and what would.
  private func refusal(_ plans: [WeightPlans]) -> String {
    let wanted = plans.first ?? WeightPlans(.compact)
    var ways: [String] = []
    func offer(_ flags: String, _ plans: WeightPlans, _ use: ModelUse) -> Bool {
      let need = need(plans, use)
      guard fits(need) else { return false }
      ways.append("\(flags) needs \(Quantities.bytes(need.total))")
      return true
    }
    let savings = savings(wanted)
    for way in savings { _ = offer(way.flags, way.plans, use) }
    let lanes = use.workers > 0 ? use.workerLanes : use.answers ? 0 : use.lanes
    /// Offers the most below a number that fit, by the plan that would be taken; a need grows with their number.
    func offerFewer(_ flag: String, than number: Int, _ use: (Int) -> ModelUse) {
      for count in (1..<max(1, number)).reversed() {
        guard let plan = plans.first(where: { fits(need($0, use(count))) }) else { continue }
        _ = offer("\(flag) \(count)", plan, use(count))
        return
      }
    }
    offerFewer("--lanes", than: lanes) { with(lanes: $0) }
    offerFewer("--workers", than: use.workers) { with(workers: $0) }
    if ways.isEmpty {
      // All of it together: the least that the model can do with.
      var least = lanes > 1 ? with(lanes: 1) : use
      least.workers = min(1, least.workers)
      let saving = savings.min { need($0.plans, least).total < need($1.plans, least).total }
      let flags = [
        saving?.flags, lanes > 1 ? "--lanes 1" : nil, use.workers > 1 ? "--workers 1" : nil,
      ].compactMap(\.self).joined(separator: " ")
      let plans = saving?.plans ?? wanted
      if flags.isEmpty || !offer(flags, plans, least) {
        let need = Quantities.bytes(need(plans, least).total)
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
