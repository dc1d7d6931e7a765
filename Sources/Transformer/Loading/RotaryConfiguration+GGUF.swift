internal import GGUF

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

extension RotaryConfiguration {
  /// The tensors of divisors: Llama 3's, and those of LongRoPE for texts within and beyond the original context.
  private static let (freeFactors, longFactors, shortFactors) = (
    "rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"
  )

  /// Reads the rotation of layers that see everything.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - reader: Its metadata.
  ///   - pairing: The architecture's pairing.
  ///   - dimension: Values of a head.
  ///   - contextLength: The length for which the model was trained.
  /// - Throws: ``ModelError`` for a kind of scaling that is not known, or numbers that are missing or out of range.
  init(
    _ file: GGUFFile,
    _ reader: MetadataReader,
    pairing: Pairing,
    dimension: Int,
    contextLength: Int
  ) throws(ModelError) {
    let base = try reader.real("rope.freq_base", default: 10000)
    guard base > 1 else {
      throw ModelError(.malformed, "\(reader.key("rope.freq_base")) is \(base), and must be above 1")
    }
    let rotated = try reader.number("rope.dimension_count", 2...512, default: dimension)
    guard rotated <= dimension, rotated % 2 == 0 else {
      throw ModelError(
        .malformed,
        "\(reader.key("rope.dimension_count")) is \(rotated), which is not an even part of a head's \(dimension)"
      )
    }
    self.init(base: base, dimension: dimension, rotated: rotated, pairing: pairing)
    try divide(by: try Self.factors(file, reader, rotated: rotated, contextLength: contextLength))
    try scale(reader, contextLength: contextLength, hasFactors: file.tensor(named: Self.longFactors) != nil)
  }

  /// The divisors in the file's tensors; empty for none.
  ///
  /// LongRoPE has two sets. A chunk is encoded once for all questions, so a model that was stretched beyond its
  /// original context always takes the one for long texts.
  private static func factors(
    _ file: GGUFFile,
    _ reader: MetadataReader,
    rotated: Int,
    contextLength: Int
  ) throws(ModelError) -> [Float] {
    let isLong = file.tensor(named: longFactors) != nil || file.tensor(named: shortFactors) != nil
    guard isLong else {
      return file.tensor(named: freeFactors) == nil
        ? [] : try WeightLoader.vector(file, freeFactors, rotated / 2)
    }
    guard file.tensor(named: freeFactors) == nil else {
      throw ModelError(.malformed, "the file has both \(freeFactors) and \(longFactors)")
    }
    let original = try reader.number("rope.scaling.original_context_length", 1...1 << 24)
    let long = try WeightLoader.vector(file, longFactors, rotated / 2)
    let short = try WeightLoader.vector(file, shortFactors, rotated / 2)
    return contextLength > original ? long : short
  }

  private mutating func divide(by divisors: [Float]) throws(ModelError) {
    guard !divisors.isEmpty else { return }
    guard divisors.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw ModelError(.malformed, "a factor of RoPE in the file's tensors is not a positive number")
    }
    factors = factors.isEmpty ? divisors : zip(factors, divisors).map { $0 * $1 }
  }

  /// Applies the scaling that the metadata name. A factor without a type is one of linear scaling, as in the
  /// programs that wrote such files.
  private mutating func scale(
    _ reader: MetadataReader,
    contextLength: Int,
    hasFactors: Bool
  ) throws(ModelError) {
    let type = reader.key("rope.scaling.type")
    guard let kind = reader.metadata[type] == nil ? "linear" : reader.metadata.string(type) else {
      throw ModelError(.malformed, reader.metadata.missing(type, expected: "a string").message)
    }
    let stated = Set(
      [try reader.factor("rope.scaling.factor"), try reader.factor("rope.scale_linear")].compactMap { $0 }
    )
    guard stated.count < 2 else {
      throw ModelError(
        .malformed,
        "\(reader.key("rope.scaling.factor")) and \(reader.key("rope.scale_linear")) differ: "
          + stated.sorted().map { "\($0)" }.joined(separator: " and ")
      )
    }
    let factor = stated.first ?? 1
    var sharpness = try reader.factor("rope.scaling.attn_factor") ?? 1
    switch kind {
    case "none": break
    case "linear": stretch(by: factor)
    case "yarn":
      let usual = try stretchByYaRN(factor, reader, contextLength: contextLength)
      sharpness *= try reader.factor("rope.scaling.yarn_attn_factor") ?? usual
    // LongRoPE is in the tensors, and its sharpness in the factor above.
    case "longrope":
      guard factor == 1 else {
        throw ModelError(
          .unsupported,
          "\(type) is longrope, and \(reader.key("rope.scaling.factor")) is \(factor)"
        )
      }
      guard hasFactors else {
        throw ModelError(.malformed, "\(type) is longrope, and the file has no tensor \(Self.longFactors)")
      }
    default:
      throw ModelError(
        .unsupported,
        "\(type) is \(kind): this kind of RoPE scaling is not supported, only linear, yarn and longrope"
      )
    }
    magnitude = sharpness
  }

  /// Stretches a context by YaRN (arXiv 2309.00071): with r the turns of a pair within the original context, its
  /// frequency is divided by `factor` where r is below `beta_slow`, kept where it is above `beta_fast`, and
  /// between the two in proportion to the pair's number.
  ///
  /// - Returns: The sharpness of attention where the file states none, 0.1 ln(factor) + 1.
  private mutating func stretchByYaRN(
    _ factor: Float,
    _ reader: MetadataReader,
    contextLength: Int
  ) throws(ModelError) -> Float {
    guard factor != 1 || reader.contains("rope.scaling.factor") else {
      throw ModelError(
        .malformed,
        reader.metadata.missing(reader.key("rope.scaling.factor"), expected: "the factor of YaRN").message
      )
    }
    let original = try reader.number(
      "rope.scaling.original_context_length",
      1...1 << 24,
      default: contextLength
    )
    let extent = try reader.real("rope.scaling.yarn_ext_factor", default: 1)
    guard extent == 1 else {
      throw ModelError(
        .unsupported,
        "\(reader.key("rope.scaling.yarn_ext_factor")) is \(extent): YaRN in part is not supported, only 1"
      )
    }
    let fast = try reader.factor("rope.scaling.yarn_beta_fast") ?? 32
    let slow = try reader.factor("rope.scaling.yarn_beta_slow") ?? 1
    // The number of the pair that makes `turns` turns within the original context.
    func pair(turns: Float) -> Double {
      Double(rotated) * log(Double(original) / (Double(turns) * 2 * .pi)) / (2 * log(base))
    }
    let low = max(0, pair(turns: fast).rounded(.down))
    let high = min(Double(rotated - 1), pair(turns: slow).rounded(.up))
    let divisors = (0..<rotated / 2).map { i -> Float in
      let share = min(1, max(0, (Double(i) - low) / max(0.001, high - low)))
      return Float(1 / (share / Double(factor) + 1 - share))
    }
    try divide(by: divisors)
    return factor > 1 ? 0.1 * logf(factor) + 1 : 1
  }
}
