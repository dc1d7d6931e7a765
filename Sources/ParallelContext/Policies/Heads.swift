/// Which heads look at chunks at all (query-adaptive heads, after arXiv 2502.09647).
///
/// With A the attention mass, a head is local for a query token when A(sink and tail) is at least `threshold`
/// of all mass; a local head attends to sink and tail alone.
public enum Heads: Sendable, Hashable, CustomStringConvertible {
  /// All of them.
  case all
  /// Those whose chunks have mass by the estimate of ``Selection/Measure/moments``, which needs no keys.
  case adaptive(threshold: Double)
  /// Those whose chunks have mass in truth: what ``adaptive(threshold:)`` is held against.
  case oracle(threshold: Double)

  /// Whether the logits of every chunk have to be computed for it.
  var needsKeys: Bool {
    if case .oracle = self { return true }
    return false
  }

  /// The form on the command line.
  public var description: String {
    switch self {
    case .all: "all"
    case .adaptive(let threshold): "adaptive:\(threshold)"
    case .oracle(let threshold): "oracle:\(threshold)"
    }
  }
}
