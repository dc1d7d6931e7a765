/// The rule by which the precision of linear layers is chosen.
package enum PrecisionChoice: Hashable, Sendable {
  /// This precision, whatever the processor is best at.
  case fixed(Precision)
  /// The fastest one of the processor whose loss is below a stated bound.
  case auto

  /// The fixed precision, nil if the processor decides.
  package var precision: Precision? {
    switch self {
    case .fixed(let precision): precision
    case .auto: nil
    }
  }
}

extension PrecisionChoice: RawRepresentable, Codable, CaseIterable {
  /// All choices, `auto` first.
  package static var allCases: [PrecisionChoice] { [.auto] + Precision.allCases.map { .fixed($0) } }

  /// The choice's name as users write it: `auto` or that of a precision.
  package var rawValue: String { precision?.rawValue ?? "auto" }

  /// Makes the choice of a name; nil for an unknown name.
  package init?(rawValue: String) {
    guard let choice = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = choice
  }
}
