/// Linear layers of one shape.
package struct LinearShape: Hashable, Sendable {
  /// The width of an input row.
  package var inputs: Int
  /// The width of an output row.
  package var outputs: Int
  /// The number of such layers.
  package var count: Int

  package init(inputs: Int, outputs: Int, count: Int) {
    self.inputs = inputs
    self.outputs = outputs
    self.count = count
  }

  /// The number of weights of all of them.
  package var weights: Int { ClampedSize.product(inputs, outputs, count) }
}

extension ModelConfiguration {
  /// The linear layers of all blocks, as they are packed and run.
  package var linearShapes: [LinearShape] {
    [
      LinearShape(inputs: embedding, outputs: qkvWidth, count: layers),
      LinearShape(inputs: queryWidth, outputs: embedding, count: layers),
      LinearShape(inputs: embedding, outputs: ClampedSize.product(2, feedForward), count: layers),
      LinearShape(inputs: feedForward, outputs: embedding, count: layers),
    ]
  }

  /// The layer from the last hidden state to the logits.
  package var headShape: LinearShape { LinearShape(inputs: embedding, outputs: vocabulary, count: 1) }

  /// Operations of attention, in all layers, for one token and each token that it sees: a product over the head
  /// dimension for the logit and one for the value.
  package var attentionOperationsPerPair: Double { 2 * 2 * Double(queryWidth) * Double(layers) }
}
