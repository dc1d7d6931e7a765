internal import CKernels

/// The stages of a decoder pass that are timed separately.
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
  /// Conversion between integers and reals, for int8 layers.
  case quantisation
  /// Moving data: embeddings, packing of keys and values, and the rest.
  case memory
}

/// The time of a pass by stages. One lane writes it; read it when the lane is done.
package final class StageClock {
  private var ticks = [UInt64](repeating: 0, count: Stage.allCases.count)
  private var last: UInt64 = 0
  /// Receives the attention kernels' own counts.
  let kernel: UnsafeMutablePointer<braid_attention_ticks>

  /// Makes a clock at zero.
  package init() {
    kernel = .allocate(capacity: 1)
    kernel.initialize(to: braid_attention_ticks())
  }

  deinit { kernel.deallocate() }

  /// Begins a run: the time from now counts to the next lap.
  func begin() { last = braid_ticks() }

  /// Counts the time since the last lap to a stage.
  func lap(_ stage: Stage) {
    let now = braid_ticks()
    ticks[stage.rawValue] &+= now &- last
    last = now
  }

  /// The share of each stage in the total, in the order of ``Stage``; zeros when nothing was counted.
  package var shares: [(stage: Stage, share: Double)] {
    var all = ticks
    let inside: [(Stage, UInt64)] = [
      (.memory, kernel.pointee.pack), (.qk, kernel.pointee.qk), (.softmax, kernel.pointee.softmax),
      (.pv, kernel.pointee.pv),
    ]
    // A lap over the kernel went to `memory` as a whole; its stages are subtracted there.
    for (stage, count) in inside where stage != .memory {
      all[stage.rawValue] &+= count
      all[Stage.memory.rawValue] -= min(count, all[Stage.memory.rawValue])
    }
    let total = Double(all.reduce(0, +))
    return Stage.allCases.map { ($0, total > 0 ? Double(all[$0.rawValue]) / total : 0) }
  }
}
