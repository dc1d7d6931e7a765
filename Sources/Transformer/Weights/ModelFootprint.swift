package import KVFormat

/// The memory that a model's weights take, computed from its sizes before any of them is read. All numbers are
/// bytes, and slightly more than what is taken in the end.
package struct ModelFootprint: Sendable, Hashable {
  /// The linear layers of all blocks in all their forms, with their norms.
  package let blocks: Int
  /// The head; 0 where it is not loaded, or is the embedding table.
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
  ///   - form: The forms of the weights.
  ///   - tensors: What the file's tensors take. The embedding table always stays as it is in the file.
  ///   - withHead: True if answers are computed.
  ///   - threads: The most threads that load it.
  package init(
    _ c: ModelConfiguration,
    compute: Precision,
    form: WeightForm = .packed,
    tensors: TensorBytes,
    withHead: Bool,
    threads: Int
  ) {
    let packed =
      form.hasPacked ? ClampedSize.sum(c.linearShapes.map { Self.packed($0, element: compute.weights) }) : 0
    let linear = ClampedSize.sum([
      packed, form.hasCompact ? ClampedSize.sum([tensors.blocks, tensors.padding]) : 0,
    ])
    let norms = ClampedSize.sum([
      ClampedSize.product(8, c.embedding, 4), ClampedSize.product(3, c.qkvWidth, 4),
    ])
    blocks = ClampedSize.sum([linear, ClampedSize.product(c.layers, norms)])
    let packedHead = form.hasPacked ? Self.packed(c.headShape, element: compute.activations) : 0
    head = withHead ? ClampedSize.sum([packedHead, form.hasCompact ? tensors.head : 0]) : 0
    embeddings = max(0, tensors.embeddings)
    loading =
      form.hasPacked ? LoadingPlan(c, compute: compute, threads: threads).byteCount : LoadingPlan.reading
  }

  /// What stays in memory: all weights.
  package var weights: Int { ClampedSize.sum([blocks, head, embeddings]) }

  /// The size of packed layers. Inputs and outputs are padded to the blocks of a layout, of which 64 is a
  /// multiple, or to the rows of a plain one. In int8 an output has a scale and an offset of 4 bytes each.
  private static func packed(_ shape: LinearShape, element: ElementType) -> Int {
    let (inputs, outputs) = (shape.inputs, shape.outputs)
    func padded(_ value: Int) -> Int { ClampedSize.sum([value, 63]) / 64 * 64 }
    let blocked = ClampedSize.product(padded(inputs), padded(outputs), element.byteCount)
    let plain = ClampedSize.product(inputs, ClampedSize.sum([outputs, 16]), element.byteCount)
    let scales = element == .int8 ? ClampedSize.product(8, padded(outputs)) : 0
    return ClampedSize.product(shape.count, ClampedSize.sum([max(blocked, plain), scales]))
  }
}
