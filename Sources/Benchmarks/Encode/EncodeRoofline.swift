package import Transformer

/// The arithmetic of encoding, and the least time that it takes at the speed of matrix products alone.
package struct EncodeRoofline: Sendable {
  /// The operations of the linear layers, by shape.
  package var linear: [GEMMPeak.Shape: Double] = [:]
  /// The operations of attention.
  package var attention = 0.0
  /// The element type of attention's products.
  package var attentionElement = ElementType.f32

  /// The number of all operations.
  package var operations: Double { linear.values.reduce(0, +) + attention }

  package init() {}

  /// Counts the operations of encoding a document's chunks behind a sink.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - chunks: The sizes of the chunks in tokens.
  ///   - sink: The size of the sink, whose own encoding is not counted.
  package init(model: Model, chunks: [Int], sink: Int) {
    let c = model.configuration
    attentionElement = model.compute.activations
    for (index, block) in model.blocks.enumerated() {
      let isLast = index == model.blocks.count - 1
      // In the last layer nothing past queries, keys and values is computed.
      for layer in isLast ? [block.qkv] : [block.qkv, block.output, block.gateUp, block.down] {
        let shape = GEMMPeak.Shape(inputs: layer.inputs, outputs: layer.outputs, element: layer.element)
        linear[shape, default: 0] += 2 * Double(layer.inputs * layer.outputs * chunks.reduce(0, +))
      }
    }
    attention = chunks.reduce(0) { $0 + c.attentionOperations(tokens: $1, prefix: sink) }
  }

  /// Returns the least seconds that one core needs: for each kind of product, operations over rate.
  ///
  /// Attention's rate is the mean rate of the products in its element type. These are the linear layers
  /// unless the layers are quantised.
  package func seconds(at peak: GEMMPeak) -> Double {
    let products = linear.reduce(0.0) { $0 + $1.value / max(1e-9, peak.rates[$1.key] ?? 0) }
    return (products + attention / max(1e-9, attentionRate(peak))) * 1e-9
  }

  /// Returns the mean rate of the linear layers, in 10^9 operations per second.
  package func linearRate(_ peak: GEMMPeak) -> Double { mixedRate(peak) { _ in true } }

  private func attentionRate(_ peak: GEMMPeak) -> Double {
    let same = mixedRate(peak) { $0.element == attentionElement }
    if same > 0 { return same }
    let others = peak.rates.filter { $0.key.element == attentionElement }.map(\.value)
    return others.isEmpty ? 0 : others.reduce(0, +) / Double(others.count)
  }

  private func mixedRate(_ peak: GEMMPeak, where isCounted: (GEMMPeak.Shape) -> Bool) -> Double {
    let counted = linear.filter { isCounted($0.key) }
    let seconds = counted.reduce(0.0) { $0 + $1.value / max(1e-9, peak.rates[$1.key] ?? 0) }
    return seconds > 0 ? counted.values.reduce(0, +) / seconds : 0
  }
}
