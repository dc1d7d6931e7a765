/// The layers that attend chunks (layerwise local and global attention, after Zebra, arXiv 2312.08618).
///
/// A local layer attends to the sink, the last tokens of the document and the tail. The last tokens stand
/// where the placement puts their chunks.
package enum Layers: Sendable, Hashable, CustomStringConvertible {
  /// All of them.
  case all
  /// The first of every `group` layers; the others see the document's last `window` tokens.
  case every(group: Int, window: Int)

  /// The number of the document's last tokens that a local layer sees.
  package var window: Int {
    switch self {
    case .all: 0
    case .every(_, let window): window
    }
  }

  /// True for a layer that does not attend chunks.
  package func isLocal(_ layer: Int) -> Bool {
    switch self {
    case .all: false
    case .every(let group, _): layer % group != 0
    }
  }

  /// The form on the command line.
  package var description: String {
    switch self {
    case .all: "all"
    case .every(let group, let window): "every:\(group),\(window)"
    }
  }
}
