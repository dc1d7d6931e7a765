internal import CKernels

/// The stages of a decoder pass whose time is told apart.
package enum Stage: Int, CaseIterable, Sendable {
  /// Products with the weights of linear layers.
  case linear
  /// Logits: products of queries and keys.
  case qk
  /// Weights out of logits.
  case softmax
  /// Products of weights and values.
  case pv
  /// Rotation of queries and keys, and storing keys and values.
  case rope
  /// RMSNorm.
  case norms
  /// SiLU of the gate, times up.
  case activation
  /// Between integers and reals, for int8 layers.
  case quantisation
  /// Moving data only: embeddings, packing of keys and values, the rest.
  case memory
}

/// Adds up where a pass's time goes. One lane writes it; read it when the lane is done.
package final class StageClock {
  private var ticks = [UInt64](repeating: 0, count: Stage.allCases.count)
  private var last: UInt64 = 0
  /// What the attention kernels add to.
  let kernel: UnsafeMutablePointer<braid_attention_ticks>

  /// A clock with nothing on it.
  package init() {
    kernel = .allocate(capacity: 1)
    kernel.initialize(to: braid_attention_ticks())
  }

  deinit { kernel.deallocate() }

  /// Begins a run: what comes now is counted to the next lap.
  func begin() { last = braid_ticks() }

  /// Counts the time since the last lap to a stage.
  func lap(_ stage: Stage) {
    let now = braid_ticks()
    ticks[stage.rawValue] &+= now &- last
    last = now
  }

  /// The share of each stage in all that was counted, in the order of ``Stage``; zeros when nothing was.
  package var shares: [(stage: Stage, share: Double)] {
    var all = ticks
    let inside: [(Stage, UInt64)] = [
      (.memory, kernel.pointee.pack), (.qk, kernel.pointee.qk), (.softmax, kernel.pointee.softmax),
      (.pv, kernel.pointee.pv),
    ]
    // A lap over the kernel went to `memory` as a whole; its parts are taken out of that.
    for (stage, count) in inside where stage != .memory {
      all[stage.rawValue] &+= count
      all[Stage.memory.rawValue] -= min(count, all[Stage.memory.rawValue])
    }
    let total = Double(all.reduce(0, +))
    return Stage.allCases.map { ($0, total > 0 ? Double(all[$0.rawValue]) / total : 0) }
  }
}
