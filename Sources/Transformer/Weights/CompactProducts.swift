internal import CKernels
internal import COneDNN
internal import Memory
internal import Threads

/// The products with compact weights that one lane runs.
///
/// Few rows are multiplied by each weight row as it is unpacked. For more, some weight rows at a time are unpacked into
/// a panel that stays in the cache, and the matrix library multiplies all rows by it.
final class CompactProducts {
  /// The most rows that are multiplied while weights are unpacked: more would unpack them again.
  static let fewRows = Int(BRAID_COMPACT_ROWS)
  /// Outputs that a thread takes at a time.
  private static let panelOutputs = 64

  private let panels: [Panel]
  private var rounded: AlignedBuffer?

  /// The bytes of a thread's panel, for rows of at most a number of inputs.
  static func byteCount(inputs: Int) -> Int {
    ClampedSize.product(panelOutputs, inputs, MemoryLayout<Float>.stride)
  }

  /// Reserves nothing yet: panels are made on their first use.
  ///
  /// - Parameter threads: The number of threads that share a product.
  init(threads: Int) { panels = (0..<max(1, threads)).map { _ in Panel() } }

  /// Computes out = x times weights, or adds it to `out`.
  ///
  /// - Parameters:
  ///   - layer: The weights.
  ///   - rows: The number of rows.
  ///   - x: `[rows][inputs]`.
  ///   - out: `[rows][outputs]`.
  ///   - accumulate: True to add to `out`.
  /// - Throws: ``ModelError`` when the matrix library fails or memory cannot be allocated.
  func run(
    _ layer: CompactLayer,
    rows: Int,
    x: UnsafePointer<Float>,
    out: UnsafeMutablePointer<Float>,
    accumulate: Bool
  ) throws(ModelError) {
    // Parts end within a panel, which then has two products.
    let step = Self.panelOutputs
    let count = (layer.outputs + step - 1) / step
    let isFew = rows <= Self.fewRows
    let few = isFew ? try self.rounded(x, rows: rows, inputs: layer.inputs) : braid_compact_rows()
    inParallel(threads: panels.count, count: count) { thread, item in
      let wanted = item * step..<min((item + 1) * step, layer.outputs)
      for part in layer.parts {
        let range = wanted.clamped(to: part.outputs)
        guard !range.isEmpty else { continue }
        if isFew {
          withUnsafePointer(to: few) {
            part.multiply(range, $0, of: layer, out: out, accumulate: accumulate)
          }
        } else {
          panels[thread].multiply(range, of: part, layer, x, rows: rows, out: out, accumulate: accumulate)
        }
      }
    }
    // All are taken, so that none is left for the next product.
    let failures = panels.compactMap { $0.takeFailure() }
    if let failure = failures.first { throw failure }
  }

  /// Rows, and the same as numbers with scales.
  private func rounded(
    _ x: UnsafePointer<Float>,
    rows: Int,
    inputs: Int
  ) throws(ModelError) -> braid_compact_rows {
    let run = Int(BRAID_COMPACT_RUN)
    // Rows of another length meet weights without scales only.
    let count = inputs.isMultiple(of: run) ? rows * inputs : 0
    let numberBytes = count * MemoryLayout<Int16>.stride
    let scaleBytes = count / run * MemoryLayout<Float>.stride
    let memory: AlignedBuffer
    if let rounded, rounded.byteCount >= numberBytes + 2 * scaleBytes {
      memory = rounded
    } else {
      memory = try .allocated(numberBytes + 2 * scaleBytes)
      rounded = memory
    }
    let numbers = memory.base.assumingMemoryBound(to: Int16.self)
    let scales = (memory.base + numberBytes).assumingMemoryBound(to: Float.self)
    let sums = scales + count / run
    braid_compact_round(x, count, numbers, scales, sums)
    return braid_compact_rows(values: x, numbers: numbers, scales: scales, sums: sums, count: rows)
  }

  /// The panel of one thread, with the products that multiply by it.
  private final class Panel {
    private struct Key: Hashable {
      var inputs: Int
      var outputs: Int
      var step: Int
      var rows: Int
      var accumulate: Bool
    }

    private struct Product {
      var weights: OpaquePointer
      var product: OpaquePointer
      var scratchBytes: Int
    }

    private var memory: AlignedBuffer?
    private var scratch: AlignedBuffer?
    private var products: [Key: Product] = [:]
    private var failure: ModelError?

    deinit { forgetProducts() }

    /// The failure since this was asked last.
    func takeFailure() -> ModelError? {
      defer { failure = nil }
      return failure
    }

    func multiply(
      _ range: Range<Int>,
      of part: CompactLayer.Part,
      _ layer: CompactLayer,
      _ x: UnsafePointer<Float>,
      rows: Int,
      out: UnsafeMutablePointer<Float>,
      accumulate: Bool
    ) {
      guard failure == nil else { return }
      do throws(ModelError) {
        let key = Key(
          inputs: layer.inputs,
          outputs: range.count,
          step: layer.outputs,
          rows: rows,
          accumulate: accumulate
        )
        let panel = try panelRows(inputs: layer.inputs)
        let product = try product(key, panel)
        let scratch = try scratch(product.scratchBytes)
        part.unpack(range, of: layer, to: panel)
        try check(braid_product_run(product.product, product.weights, x, out + range.lowerBound, scratch))
      } catch {
        failure = error
      }
    }

    /// The memory of a panel's rows.
    private func panelRows(inputs: Int) throws(ModelError) -> UnsafeMutablePointer<Float> {
      let needed = CompactProducts.byteCount(inputs: inputs)
      if let memory, memory.byteCount >= needed { return memory.base.assumingMemoryBound(to: Float.self) }
      // Products know the address of the panel.
      forgetProducts()
      let larger = try AlignedBuffer.allocated(needed)
      memory = larger
      return larger.base.assumingMemoryBound(to: Float.self)
    }

    private func product(_ key: Key, _ panel: UnsafePointer<Float>) throws(ModelError) -> Product {
      if let known = products[key] { return known }
      var weights: OpaquePointer?
      try check(braid_weights_create_rows(Int64(key.inputs), Int64(key.outputs), panel, &weights))
      var product: OpaquePointer?
      let status = braid_product_create(
        weights,
        Int64(key.rows),
        BRAID_F32,
        Int64(key.step),
        key.accumulate ? 1 : 0,
        1,
        &product
      )
      guard status == 0, let weights, let product else {
        if let weights { braid_weights_destroy(weights) }
        throw kernelError(status)
      }
      let made = Product(
        weights: weights,
        product: product,
        scratchBytes: braid_product_scratch(product)
      )
      products[key] = made
      return made
    }

    /// Memory for a product's scratch, at least so many bytes.
    private func scratch(_ needed: Int) throws(ModelError) -> UnsafeMutableRawPointer {
      if let scratch, scratch.byteCount >= needed { return scratch.base }
      let larger = try AlignedBuffer.allocated(max(1, needed))
      scratch = larger
      return larger.base
    }

    private func forgetProducts() {
      for product in products.values {
        braid_product_destroy(product.product)
        braid_weights_destroy(product.weights)
      }
      products = [:]
    }
  }
}
