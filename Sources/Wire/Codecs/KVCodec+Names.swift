extension KVCodec {
  /// The codecs that this side knows, the plain one first.
  public static let known: [KVCodec] = [.bf16, .int8]

  /// The codec's name as users write it.
  public var label: String {
    switch self {
    case .bf16: "bf16"
    case .int8: "int8"
    case .UNRECOGNIZED(let number): "unknown (\(number))"
    }
  }

  /// The codec of a name, nil for a name that is none.
  public init?(label: String) {
    guard let codec = Self.known.first(where: { $0.label == label }) else { return nil }
    self = codec
  }
}

/// How the codec of a chunk is chosen.
public enum CodecChoice: Hashable, Sendable {
  /// This one, wherever the worker knows it.
  case fixed(KVCodec)
  /// By each worker's link: coded where it is slower than the worker computes.
  case auto

  /// The choice's name as users write it: `auto` or that of a codec.
  public var label: String {
    switch self {
    case .fixed(let codec): codec.label
    case .auto: "auto"
    }
  }

  /// The choice of a name, nil for a name that is none.
  public init?(label: String) {
    if label == "auto" {
      self = .auto
    } else if let codec = KVCodec(label: label) {
      self = .fixed(codec)
    } else {
      return nil
    }
  }
}
