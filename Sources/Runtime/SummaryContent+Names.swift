package import APITypes
package import ParallelContext
package import Wire

extension ParallelContext.SummaryContent {
  /// The content that a client asks for.
  package init(_ format: SummaryFormat) {
    switch format {
    case .none: self = .none
    case .sketch: self = .sketch
    case .all: self = .all
    }
  }

  /// The content that a lease asks for, nil for one that this side does not know.
  package init?(_ content: Wire.SummaryContent) {
    switch content {
    case .none: self = .none
    case .sketch: self = .sketch
    case .all: self = .all
    case .UNRECOGNIZED: return nil
    }
  }

  /// The content as leases carry it.
  package var onWire: Wire.SummaryContent {
    switch self {
    case .none: .none
    case .sketch: .sketch
    case .all: .all
    }
  }
}
