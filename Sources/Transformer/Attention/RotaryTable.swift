#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Cosines and sines of a run of positions, laid out as the rotation kernels read them.
///
/// Row r holds `dimension` cosines and as many sines for position `positions[r]`, with the sign of the
/// rotation folded into the sine.
package struct RotaryTable: Sendable {
  /// Values per row.
  package let dimension: Int
  /// Cosines, row after row.
  package private(set) var cosine: [Float]
  /// Signed sines, row after row.
  package private(set) var sine: [Float]

  /// The table of positions `first..<first + count`.
  ///
  /// Angles are computed in double precision, so that positions of a million stay exact to f32.
  package init(_ configuration: RotaryConfiguration, first: Int, count: Int) {
    self.init(configuration, positions: (0..<count).lazy.map { Double(first + $0) })
  }

  /// The table of any positions, in their order.
  package init(_ configuration: RotaryConfiguration, positions: some Collection<Double>) {
    dimension = configuration.dimension
    let half = dimension / 2
    let frequencies = configuration.frequencies
    cosine = [Float](repeating: 0, count: positions.count * dimension)
    sine = cosine
    var row = 0
    for position in positions {
      for i in 0..<half {
        let angle = position * frequencies[i]
        let (a, b) = configuration.pairing == .interleaved ? (2 * i, 2 * i + 1) : (i, i + half)
        let magnitude = i < configuration.rotated / 2 ? configuration.magnitude : 1
        cosine[row + a] = Float(cos(angle)) * magnitude
        cosine[row + b] = cosine[row + a]
        sine[row + b] = Float(sin(angle)) * magnitude
        sine[row + a] = -sine[row + b]
      }
      row += dimension
    }
  }
}

/// Cosines and sines of a run of positions for every layer of a model.
package struct RotaryTables: Sendable {
  private let tables: [RotaryTable]
  private let layers: [LayerAttention]

  /// The tables of positions `first..<first + count`.
  package init(_ configuration: ModelConfiguration, first: Int, count: Int) {
    self.init(configuration, positions: (0..<count).lazy.map { Double(first + $0) })
  }

  /// The tables of any positions, in their order.
  package init(_ configuration: ModelConfiguration, positions: some Collection<Double>) {
    tables = configuration.ropes.map { RotaryTable($0, positions: positions) }
    layers = configuration.layerAttention
  }

  /// The table of a layer.
  package subscript(layer layer: Int) -> RotaryTable { tables[layers[layer].rope] }
}
