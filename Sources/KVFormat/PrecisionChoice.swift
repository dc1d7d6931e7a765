/// The rule by which the precision of linear layers is chosen.
public enum PrecisionChoice: Hashable, Sendable {
  /// This precision, whatever the processor is best at.
  case fixed(Precision)
  /// The best one that the processor multiplies natively at no loss.
  case auto

  /// The precision that is fixed, nil where the processor decides.
  public var precision: Precision? {
    switch self {
    case .fixed(let precision): precision
    case .auto: nil
    }
  }
}

extension PrecisionChoice: RawRepresentable, Codable, CaseIterable {
  /// All choices, `auto` first.
  public static var allCases: [PrecisionChoice] { [.auto] + Precision.allCases.map { .fixed($0) } }

  /// The choice's name as users write it: `auto` or that of a precision.
  public var rawValue: String { precision?.rawValue ?? "auto" }

  /// The choice of a name, nil for a name of none.
  public init?(rawValue: String) {
    guard let choice = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = choice
  }
}
