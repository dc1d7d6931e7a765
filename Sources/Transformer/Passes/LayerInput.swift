internal import CKernels
internal import KVFormat
internal import Memory

/// The rows that go into the next linear layer, in that layer's type, with a scale for each row when that is
/// int8.
struct LayerInput {
  /// `[rows][width]` of the next layer.
  let base: UnsafeMutableRawPointer
  /// `[rows]`, for int8.
  let scales: UnsafeMutablePointer<Float>
  private let other: UnsafeMutablePointer<Float>
  private let room: UnsafeMutablePointer<Float>
  private let activations: ElementType
  /// The kind of rows in int8.
  private let kind = Precision.int8Rows ?? 0
  private let storage: [AlignedBuffer]

  /// Wraps memory for `rows` rows of at most `width` values of the type of activations.
  init(
    _ base: UnsafeMutableRawPointer,
    rows: Int,
    width: Int,
    activations: ElementType
  ) throws(ModelError) {
    self.base = base
    self.activations = activations
    let scales = try AlignedBuffer.allocated(2 * rows * 4)
    let room = try AlignedBuffer.allocated(width * 4)
    self.scales = scales.base.assumingMemoryBound(to: Float.self)
    other = self.scales + rows
    self.room = room.base.assumingMemoryBound(to: Float.self)
    storage = [scales, room]
  }

  private var bf16: UnsafeMutablePointer<UInt16> { base.assumingMemoryBound(to: UInt16.self) }
  private var f32: UnsafeMutablePointer<Float> { base.assumingMemoryBound(to: Float.self) }
  private var int8: UnsafeMutablePointer<Int8> { base.assumingMemoryBound(to: Int8.self) }

  /// Writes the RMSNorm of rows of the residual stream.
  ///
  /// - Parameters:
  ///   - x: `[rows][width]`.
  ///   - weight: `[width]`.
  ///   - rows: The number of rows.
  ///   - width: Their width.
  ///   - epsilon: The term under the root.
  ///   - element: The type of the layer that reads them.
  func norm(
    _ x: UnsafePointer<Float>,
    _ weight: [Float],
    rows: Int,
    width: Int,
    epsilon: Float,
    element: ElementType
  ) {
    switch element {
    case .f32: braid_rmsnorm_f32(x, weight, f32, rows, width, epsilon)
    case .bf16: braid_rmsnorm_bf16(x, weight, bf16, rows, width, epsilon)
    case .int8: braid_rmsnorm_s8(x, weight, kind, int8, scales, rows, width, epsilon, room)
    }
  }

  /// Takes rows of the residual stream as they are.
  ///
  /// - Parameters:
  ///   - x: `[rows][width]`.
  ///   - rows: The number of rows.
  ///   - width: Their width.
  ///   - element: The type of the layer that reads them.
  func take(_ x: UnsafePointer<Float>, rows: Int, width: Int, element: ElementType) {
    switch element {
    case .f32: f32.update(from: x, count: rows * width)
    case .bf16: braid_scatter_bf16(x, width, bf16, width, width, rows, 1, width)
    case .int8: braid_quantise_f32(x, kind, int8, scales, rows, width, room)
    }
  }

  /// Takes rows of the type of activations.
  ///
  /// - Parameters:
  ///   - x: `[rows][width]` in the type of activations.
  ///   - rows: The number of rows.
  ///   - width: Their width.
  ///   - element: The type of the layer that reads them: another one, f32 or int8.
  func convert(_ x: UnsafeRawPointer, rows: Int, width: Int, element: ElementType) {
    guard activations == .bf16 else {
      take(x.assumingMemoryBound(to: Float.self), rows: rows, width: width, element: element)
      return
    }
    let x = x.assumingMemoryBound(to: UInt16.self)
    if element == .int8 {
      braid_quantise_bf16(x, kind, int8, scales, rows, width, room)
    } else {
      for i in 0..<rows * width { f32[i] = Float(bitPattern: UInt32(x[i]) << 16) }
    }
  }

  /// Writes f(gate) * up of `[rows][2 * width]` values.
  ///
  /// - Parameters:
  ///   - gateUp: The values.
  ///   - rows: The number of rows.
  ///   - width: Values of an output row.
  ///   - element: The type of the values and of the result, bf16 or f32.
  ///   - function: The function f.
  func activate(
    _ gateUp: UnsafeRawPointer,
    rows: Int,
    width: Int,
    element: ElementType,
    by function: BlockDescription.Activation
  ) {
    switch (element, function) {
    case (.bf16, .silu): braid_silu_mul_bf16(gateUp.assumingMemoryBound(to: UInt16.self), bf16, rows, width)
    case (.bf16, .gelu): braid_gelu_mul_bf16(gateUp.assumingMemoryBound(to: UInt16.self), bf16, rows, width)
    case (_, .silu): braid_silu_mul_f32(gateUp.assumingMemoryBound(to: Float.self), f32, rows, width)
    case (_, .gelu): braid_gelu_mul_f32(gateUp.assumingMemoryBound(to: Float.self), f32, rows, width)
    }
  }

  /// Writes f(gate) * up of the sums of an int8 layer whose input these rows were, quantised for the next
  /// layer.
  ///
  /// - Parameters:
  ///   - sums: `[rows][2 * width]`.
  ///   - layer: The layer.
  ///   - rows: The number of rows.
  ///   - width: Values of an output row.
  ///   - function: The function f.
  func activate(
    _ sums: UnsafePointer<Int32>,
    of layer: LinearLayer,
    rows: Int,
    width: Int,
    by function: BlockDescription.Activation
  ) {
    let columns = layer.columnScales
    layer.withOffsets { offsets in
      switch function {
      case .silu: braid_silu_mul_sums_s8(sums, scales, columns, offsets, kind, int8, other, rows, width, room)
      case .gelu: braid_gelu_mul_sums_s8(sums, scales, columns, offsets, kind, int8, other, rows, width, room)
      }
    }
    scales.update(from: other, count: rows)
  }
}
