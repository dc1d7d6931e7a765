internal import COneDNN
internal import Memory

/// The matrix products that one lane runs, prepared on first use for each shape and number of rows.
package final class ProductCache {
  private struct Key: Hashable {
    var inputs: Int
    var outputs: Int
    var rows: Int
    var element: ElementType
    var bf16Out: Bool
    var accumulate: Bool
  }

  private var products: [Key: OpaquePointer] = [:]
  private var scratch: AlignedBuffer
  private let threads: Int32
  private let compact: CompactProducts

  /// Reserves scratch memory.
  ///
  /// - Parameter threads: The number of threads that share a product.
  /// - Throws: ``ModelError`` when memory cannot be had.
  package init(threads: Int) throws(ModelError) {
    self.threads = Int32(clamping: max(1, threads))
    compact = CompactProducts(threads: threads)
    scratch = try .allocated(1 << 16)
  }

  deinit { for product in products.values { braid_product_destroy(product) } }

  /// Computes dst = src x weights for `rows` rows, or adds to dst when `accumulate`.
  ///
  /// - Parameters:
  ///   - weights: The weights. Compact ones take rows in f32 and give f32.
  ///   - rows: The number of rows.
  ///   - src: `[rows][inputs]` in the layer's type.
  ///   - dst: `[rows][outputs]`.
  ///   - bf16Out: True if `dst` is bf16.
  ///   - accumulate: True to add the product to `dst`.
  /// - Throws: ``ModelError`` when the matrix library fails.
  func run(
    _ weights: ChosenWeights,
    rows: Int,
    src: UnsafeRawPointer,
    dst: UnsafeMutableRawPointer,
    bf16Out: Bool = false,
    accumulate: Bool = false
  ) throws(ModelError) {
    switch weights {
    case .packed(let layer):
      try run(layer, rows: rows, src: src, dst: dst, bf16Out: bf16Out, accumulate: accumulate)
    case .compact(let layer):
      try compact.run(
        layer,
        rows: rows,
        x: src.assumingMemoryBound(to: Float.self),
        out: dst.assumingMemoryBound(to: Float.self),
        accumulate: accumulate
      )
    }
  }

  /// Computes dst = src x weights for `rows` rows, or adds to dst when `accumulate`.
  ///
  /// - Parameters:
  ///   - layer: The weights.
  ///   - rows: The number of rows.
  ///   - src: `[rows][inputs]` in the layer's type.
  ///   - dst: `[rows][outputs]`: 32-bit integers for a layer in int8, else f32 unless `bf16Out`.
  ///   - bf16Out: True if `dst` is bf16.
  ///   - accumulate: True to add the product to `dst`.
  /// - Throws: ``ModelError`` when the matrix library fails, or for int8 without VNNI whose sums are to be bf16 or added.
  package func run(
    _ layer: LinearLayer,
    rows: Int,
    src: UnsafeRawPointer,
    dst: UnsafeMutableRawPointer,
    bf16Out: Bool = false,
    accumulate: Bool = false
  ) throws(ModelError) {
    let weights: OpaquePointer
    switch layer.weights {
    case .library(let packed): weights = packed
    case .panels:
      guard !bf16Out, !accumulate else {
        throw ModelError(.kernel, "sums of int8 are neither bf16 nor added to")
      }
      PanelProduct.run(
        layer,
        rows: rows,
        x: src.assumingMemoryBound(to: UInt8.self),
        sums: dst.assumingMemoryBound(to: Int32.self),
        threads: Int(threads)
      )
      return
    }
    let key = Key(
      inputs: layer.inputs,
      outputs: layer.outputs,
      rows: rows,
      element: layer.element,
      bf16Out: bf16Out,
      accumulate: accumulate
    )
    let product: OpaquePointer
    if let known = products[key] {
      product = known
    } else {
      var created: OpaquePointer?
      let type = layer.element == .int8 ? BRAID_S32 : bf16Out ? BRAID_BF16 : BRAID_F32
      let flag: Int32 = accumulate ? 1 : 0
      try check(
        braid_product_create(
          weights,
          Int64(rows),
          type,
          Int64(layer.outputs),
          flag,
          threads,
          &created
        )
      )
      guard let created else { throw ModelError(.kernel, "the matrix library made no product") }
      products[key] = created
      product = created
    }
    // Asked for at every run: an allocation that failed leaves a product without its scratch memory.
    let needed = braid_product_scratch(product)
    if needed > scratch.byteCount { scratch = try .allocated(needed) }
    try check(braid_product_run(product, weights, src, dst, scratch.base))
  }
}
