/// The rule by which the codec of a chunk is chosen.
package enum CodecChoice: Hashable, Sendable {
  /// This codec, for every worker that can send it.
  case fixed(KVCodec)
  /// By each worker's link: coded if the link is slower than the worker computes.
  case auto
}

extension CodecChoice: RawRepresentable, Codable, CaseIterable {
  /// All choices, `auto` first.
  package static var allCases: [CodecChoice] { [.auto] + KVCodec.allCases.map { .fixed($0) } }

  /// The choice's name as users write it: `auto` or that of a codec.
  package var rawValue: String {
    switch self {
    case .fixed(let codec): codec.rawValue
    case .auto: "auto"
    }
  }

  /// Makes the choice of a name; nil for an unknown name.
  package init?(rawValue: String) {
    guard let choice = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = choice
  }
}
