internal import COneDNN
internal import Memory

/// The weights of one linear layer, packed once for this processor and shared by every lane.
package final class LinearLayer: @unchecked Sendable {
  // Sendable because the packed weights are written in `init` alone and only read afterwards.

  /// Width of a row that goes in.
  package let inputs: Int
  /// Width of a row that comes out.
  package let outputs: Int
  let weights: OpaquePointer

  /// Packs the rows `[outputs][inputs]`.
  package init(rows: UnsafePointer<Float>, inputs: Int, outputs: Int, compute: ComputeType) throws(ModelError)
  {
    var created: OpaquePointer?
    try check(braid_weights_create(Int64(inputs), Int64(outputs), compute.library, &created))
    guard let created else { throw ModelError(.kernel, "the matrix library made no weights") }
    let status = braid_weights_pack(created, rows)
    guard status == 0 else {
      braid_weights_destroy(created)
      throw kernelError(status)
    }
    self.inputs = inputs
    self.outputs = outputs
    self.weights = created
  }

  deinit { braid_weights_destroy(weights) }
}

private func kernelError(_ status: Int32) -> ModelError {
  ModelError(
    .kernel,
    "the matrix library (oneDNN \(onednnVersion)) failed: \(String(cString: braid_onednn_error(status)))"
  )
}

private func check(_ status: Int32) throws(ModelError) {
  if status != 0 { throw kernelError(status) }
}

/// The version of oneDNN in use.
package var onednnVersion: String { String(cString: braid_onednn_version()) }

/// Sets how many threads the matrix products of the calling thread use.
public func setComputeThreads(_ count: Int) { braid_onednn_set_threads(Int32(clamping: max(1, count))) }

/// The matrix products that one lane runs, prepared on first use for each shape and number of rows.
package final class ProductCache {
  private struct Key: Hashable {
    var inputs: Int
    var outputs: Int
    var rows: Int
    var bf16Out: Bool
    var accumulate: Bool
  }

  private var products: [Key: OpaquePointer] = [:]
  private var scratch: AlignedBuffer

  package init() throws(ModelError) { scratch = try .allocated(1 << 16) }

  deinit { for product in products.values { braid_product_destroy(product) } }

  /// dst = src x weights for `rows` rows, or dst += when `accumulate`.
  ///
  /// - Parameters:
  ///   - layer: The weights.
  ///   - compute: The precision.
  ///   - rows: How many rows go through.
  ///   - src: `[rows][inputs]` in the compute type.
  ///   - dst: `[rows][outputs]`, f32 unless `bf16Out`.
  ///   - bf16Out: Whether `dst` is bf16.
  ///   - accumulate: Whether the product is added to what `dst` holds.
  /// - Throws: ``ModelError`` when the matrix library refuses.
  package func run(
    _ layer: LinearLayer,
    compute: ComputeType,
    rows: Int,
    src: UnsafeRawPointer,
    dst: UnsafeMutableRawPointer,
    bf16Out: Bool = false,
    accumulate: Bool = false
  ) throws(ModelError) {
    let key = Key(
      inputs: layer.inputs,
      outputs: layer.outputs,
      rows: rows,
      bf16Out: bf16Out,
      accumulate: accumulate
    )
    let product: OpaquePointer
    if let known = products[key] {
      product = known
    } else {
      var created: OpaquePointer?
      let type = bf16Out ? BRAID_BF16 : BRAID_F32
      try check(braid_product_create(layer.weights, Int64(rows), type, accumulate ? 1 : 0, &created))
      guard let created else { throw ModelError(.kernel, "the matrix library made no product") }
      products[key] = created
      product = created
      let needed = braid_product_scratch(created)
      if needed > scratch.byteCount { scratch = try .allocated(needed) }
    }
    try check(braid_product_run(product, layer.weights, src, dst, scratch.base))
  }
}
