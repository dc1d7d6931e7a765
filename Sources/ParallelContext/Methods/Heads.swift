/// The heads that attend chunks.
package enum Heads: Sendable, Hashable, CustomStringConvertible {
  /// All of them.
  case all
  /// Those for which the chunks have mass by the estimate of ``Ranking/moments`` (query-adaptive heads, after
  /// arXiv 2502.09647). A head is local for a query token, and attends to sink and tail alone, when these
  /// have at least `threshold` of all attention mass.
  case adaptive(threshold: Double)

  /// The form on the command line.
  package var description: String {
    switch self {
    case .all: "all"
    case .adaptive(let threshold): "adaptive:\(threshold)"
    }
  }
}
