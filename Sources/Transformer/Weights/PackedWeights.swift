internal import CKernels
internal import COneDNN

/// How the weights of a linear layer are packed. The memory that they are packed to is the layer's.
enum PackedWeights {
  /// By the matrix library, for its products. What is described here belongs to the layer.
  case library(OpaquePointer)
  /// In panels, for products of bytes that are added in words of 16 bits.
  case panels

  /// Lays weights out.
  ///
  /// - Parameters:
  ///   - inputs: The width of a row.
  ///   - outputs: The number of rows.
  ///   - element: The type of the weights.
  ///   - kind: The rows that int8 weights are multiplied by.
  /// - Throws: ``ModelError`` when the matrix library fails, or for a layer that no memory holds.
  init(inputs: Int, outputs: Int, element: ElementType, kind: Int32) throws(ModelError) {
    guard element != .int8 || kind != Int32(BRAID_ROWS_U8_WORDS) else {
      guard braid_panel_bytes(inputs, outputs) > 0 else {
        throw ModelError(.kernel, "a layer has too many weights")
      }
      self = .panels
      return
    }
    var created: OpaquePointer?
    try check(braid_weights_create(Int64(inputs), Int64(outputs), element.library, &created))
    guard let created else { throw ModelError(.kernel, "the matrix library made no weights") }
    self = .library(created)
  }

  /// The bytes of the packed weights of a layer of so many inputs and outputs.
  func byteCount(inputs: Int, outputs: Int) -> Int {
    switch self {
    case .library(let weights): Int(clamping: braid_weights_bytes(weights))
    case .panels: Int(clamping: braid_panel_bytes(inputs, outputs))
    }
  }

  /// The number of outputs of whose multiples a part consists that is packed by itself.
  var step: Int {
    switch self {
    case .library(let weights): max(1, Int(braid_weights_step(weights)))
    case .panels: Int(BRAID_PANEL_OUTPUTS)
    }
  }

  /// Packs some outputs.
  ///
  /// - Parameters:
  ///   - rows: Their rows: int8 for weights of that type, else f32.
  ///   - part: The outputs.
  ///   - inputs: The width of a row.
  ///   - start: The memory of all packed weights, zeroed.
  /// - Throws: ``ModelError`` when the matrix library fails.
  func pack(
    _ rows: UnsafeRawPointer,
    outputs part: Range<Int>,
    inputs: Int,
    to start: UnsafeMutableRawPointer
  ) throws(ModelError) {
    switch self {
    case .library(let weights):
      try check(braid_weights_pack(weights, rows, Int64(part.lowerBound), Int64(part.count), start))
    case .panels:
      braid_panel_pack(
        rows.assumingMemoryBound(to: Int8.self),
        inputs,
        part.lowerBound,
        part.count,
        start.assumingMemoryBound(to: Int8.self)
      )
    }
  }

  /// Gives back what the weights have beside their memory.
  func destroy() {
    if case .library(let weights) = self { braid_weights_destroy(weights) }
  }
}
