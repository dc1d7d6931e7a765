/// The treatment of chunks that were not selected.
package enum Residue: Sendable, Hashable, CustomStringConvertible {
  /// They are not attended.
  case dropped
  /// Their keys and values are attended in groups of `size` neighbours, one key and one value each (after
  /// dynamic group attention, arXiv 2505.22107). A group counts as often as it has members: ln m is added to
  /// its logit, m being the mean over the groups of its chunk, whose sizes differ by one at most.
  case groups(size: Int, weighting: Weighting)

  /// The weights of a group's members in its one key and value.
  package enum Weighting: String, Sendable, CaseIterable {
    /// All alike.
    case mean
    /// The softmax of their logits for the question's last token, summed over the heads that share the
    /// key. Of a question that goes through a layer in several blocks, each has its own last token.
    case query
  }

  /// The form on the command line.
  package var description: String {
    switch self {
    case .dropped: "dropped"
    case .groups(let size, let weighting): "groups:\(size),\(weighting.rawValue)"
    }
  }
}
