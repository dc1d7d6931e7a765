package import KVFormat

/// The memory that a model's weights take, computed from its sizes before any of them is read. All numbers are
/// bytes, and slightly more than what is taken in the end.
package struct ModelFootprint: Sendable, Hashable {
  /// The packed linear layers of all blocks, with their norms.
  package let blocks: Int
  /// The packed head; 0 where it is not loaded.
  package let head: Int
  /// The embedding table.
  package let embeddings: Int
  /// What loading takes for a while, beside the weights.
  package let loading: Int

  /// Computes the footprint of a model.
  ///
  /// - Parameters:
  ///   - c: The model's sizes.
  ///   - compute: The precision of its products.
  ///   - embeddings: The bytes of its embedding table, which stays as it is in the file.
  ///   - withHead: True if answers are computed.
  ///   - threads: The most threads that load it.
  package init(
    _ c: ModelConfiguration,
    compute: Precision,
    embeddings: Int,
    withHead: Bool,
    threads: Int
  ) {
    let linear = ClampedSize.sum(c.linearShapes.map { Self.packed($0, element: compute.weights) })
    let norms = ClampedSize.sum([
      ClampedSize.product(8, c.embedding, 4), ClampedSize.product(3, c.qkvWidth, 4),
    ])
    blocks = ClampedSize.sum([linear, ClampedSize.product(c.layers, norms)])
    head = withHead ? Self.packed(c.headShape, element: compute.activations) : 0
    self.embeddings = max(0, embeddings)
    loading = LoadingPlan(c, compute: compute, threads: threads).byteCount
  }

  /// What stays in memory: all weights.
  package var weights: Int { ClampedSize.sum([blocks, head, embeddings]) }

  /// The size of packed layers. The matrix library pads inputs and outputs to the blocks of its layout, or the
  /// rows of a plain one, and appends sums to weights of int8.
  private static func packed(_ shape: LinearShape, element: ElementType) -> Int {
    let (inputs, outputs) = (shape.inputs, shape.outputs)
    func padded(_ value: Int) -> Int { ClampedSize.sum([value, 63]) / 64 * 64 }
    let blocked = ClampedSize.product(padded(inputs), padded(outputs), element.byteCount)
    let plain = ClampedSize.product(inputs, ClampedSize.sum([outputs, 16]), element.byteCount)
    let scales = element == .int8 ? ClampedSize.product(16, padded(outputs)) : 0
    return ClampedSize.product(shape.count, ClampedSize.sum([max(blocked, plain), scales]))
  }
}
