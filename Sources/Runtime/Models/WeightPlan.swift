package import KVFormat
package import Transformer

/// How a process multiplies by a model's weights, and the forms in which it keeps them for that.
package enum WeightPlan: Hashable, Sendable {
  /// Packed for encoding, and as they are in the file for answering: a token is computed in the time that reading the
  /// weights takes. A question has many rows, for which weights are packed where the processor multiplies bf16; in f32
  /// that would not be worth their memory.
  case usual(Precision)
  /// Packed, whatever they are used for.
  case packed(Precision)
  /// As they are in the file, whatever they are used for: the least memory.
  case compact

  /// The precision of products with many rows.
  package var compute: Precision {
    switch self {
    case .usual(let precision), .packed(let precision): precision
    case .compact: .f32
    }
  }

  /// The choice by which another process comes to the same plan at this precision.
  package var choice: WeightChoice {
    switch self {
    case .usual: .auto
    case .packed: .packed
    case .compact: .compact
    }
  }

  /// The forms that a process keeps.
  ///
  /// - Parameter use: What it does with the model.
  /// - Returns: Both only for a process that encodes and answers.
  package func form(for use: ModelUse) -> WeightForm {
    switch self {
    case .packed: return .packed
    case .compact: return .compact
    case .usual(let precision):
      guard use.answers else { return .packed }
      return use.lanes > 0 || precision.activations == .bf16 ? .both : .compact
    }
  }
}

/// The plans of a command: of its own process, and of the workers that it starts.
package struct WeightPlans: Hashable, Sendable {
  /// The plan of the command's own process.
  package var own: WeightPlan
  /// The plan of each of its workers.
  package var workers: WeightPlan

  /// Plans from their parts.
  package init(own: WeightPlan, workers: WeightPlan) {
    self.own = own
    self.workers = workers
  }

  /// The same plan for all processes.
  package init(_ plan: WeightPlan) { self.init(own: plan, workers: plan) }
}
