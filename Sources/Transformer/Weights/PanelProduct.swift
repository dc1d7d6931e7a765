internal import CKernels
internal import Threads

/// Products of rows of int8 by weights in panels.
enum PanelProduct {
  /// The panels that a thread takes at a time.
  private static let panelsPerPiece = 4

  /// Writes the sums of all outputs of a layer.
  ///
  /// - Parameters:
  ///   - layer: The layer, whose weights are in panels.
  ///   - rows: The number of rows.
  ///   - x: `[rows][inputs]`.
  ///   - sums: `[rows][outputs]`.
  ///   - threads: The number of threads that share the product.
  static func run(
    _ layer: LinearLayer,
    rows: Int,
    x: UnsafePointer<UInt8>,
    sums: UnsafeMutablePointer<Int32>,
    threads: Int
  ) {
    let width = Int(BRAID_PANEL_OUTPUTS)
    let count = (layer.outputs + width - 1) / width
    let step = panelsPerPiece
    inParallel(threads: threads, count: (count + step - 1) / step) { _, piece in
      let first = piece * step
      braid_panel_product(
        x,
        rows,
        layer.inputs,
        layer.start.assumingMemoryBound(to: Int8.self),
        layer.outputs,
        first,
        min(step, count - first),
        sums
      )
    }
  }
}
