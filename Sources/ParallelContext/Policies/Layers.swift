/// Which layers look at chunks (layerwise local and global attention, after Zebra, arXiv 2312.08618).
///
/// A local layer attends to the sink, the last tokens of the document and the tail. The last tokens stand where
/// the placement has their chunks; under ``Placement/packed`` they stand right before the tail.
public enum Layers: Sendable, Hashable, CustomStringConvertible {
  /// All of them.
  case all
  /// The first of every `group` layers; the others see the document's last `window` tokens.
  case every(group: Int, window: Int)
  /// The `count` layers in which chunks have the largest share of attention, found in a first pass over the
  /// question; the others see the document's last `window` tokens.
  case top(count: Int, window: Int)

  /// How many of the document's last tokens a local layer sees.
  package var window: Int {
    switch self {
    case .all: 0
    case .every(_, let window), .top(_, let window): window
    }
  }

  /// The form on the command line.
  public var description: String {
    switch self {
    case .all: "all"
    case .every(let group, let window): "every:\(group),\(window)"
    case .top(let count, let window): "top:\(count),\(window)"
    }
  }
}
