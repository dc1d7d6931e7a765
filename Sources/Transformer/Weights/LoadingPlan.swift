package import KVFormat

/// The threads that read and pack a model's weights, and the memory that they take for it beside the packed
/// weights: together less than one layer in f32, unless a single thread needs more.
package struct LoadingPlan: Sendable, Hashable {
  /// The number of threads, 1 or more.
  package let threads: Int
  /// The size in bytes of the rows that a thread makes in f32 before it packs them.
  package let partBytes: Int
  /// The most bytes that all threads take for a while, beside the packed weights.
  package let byteCount: Int

  /// The size from which larger parts gain nothing.
  private static let usualPart = 8 << 20
  /// The number of outputs by which layouts are blocked at most.
  private static let step = 64
  /// What a thread takes for the file's bytes and for vectors.
  static let reading = 1 << 20

  /// Plans the loading of a model.
  ///
  /// - Parameters:
  ///   - c: The model's sizes.
  ///   - compute: The precision of its products.
  ///   - threads: The most threads.
  package init(_ c: ModelConfiguration, compute: Precision, threads: Int) {
    let width = MemoryLayout<Float>.stride
    let longest = max(c.embedding, c.queryWidth, c.feedForward)
    // Rows of queries and keys are packed head by head where they are reordered.
    let unit = c.rope.order == nil ? Self.step : PackingScratch.unit(Self.step, c.headDimension)
    let least = max(
      ClampedSize.product(Self.step, longest, width),
      ClampedSize.product(unit, c.embedding, width)
    )
    let head = c.rope.order == nil ? 0 : ClampedSize.product(c.headDimension, c.embedding, width)
    let matrices = c.linearShapes.map { ClampedSize.product($0.inputs, $0.outputs) }
    let layer = ClampedSize.product(ClampedSize.sum(matrices), width)
    let quantised = compute.weights == .int8 ? max(least, Self.usualPart) / width : 0
    let fixed = ClampedSize.sum([quantised, head, Self.reading])
    let count = max(1, min(threads, layer / max(1, ClampedSize.sum([least, fixed]))))
    let share = max(0, layer / count - fixed)
    self.threads = count
    partBytes = max(least, min(Self.usualPart, share))
    byteCount = ClampedSize.product(count, ClampedSize.sum([partBytes, fixed]))
  }
}
