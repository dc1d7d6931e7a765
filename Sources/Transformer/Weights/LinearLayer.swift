internal import COneDNN
internal import Memory

/// The weights of one linear layer, packed once for this processor and shared by every lane.
package final class LinearLayer: @unchecked Sendable {
  // Sendable because the packed weights are written in `init` alone and only read afterwards.

  /// Values of an input row.
  package let inputs: Int
  /// Values of an output row.
  package let outputs: Int
  /// The type of the weights, and of an input row.
  package let element: ElementType
  /// The factor of each output's sum, for int8 weights; else empty.
  package let columnScales: [Float]
  /// What the zero point of an input row adds to each output's sum, for int8 weights and unsigned rows; else empty.
  package let columnOffsets: [Int32]
  let weights: PackedWeights
  /// The packed weights.
  let start: UnsafeRawPointer
  private let memory: AlignedBuffer

  /// The bytes of the packed weights.
  package let byteCount: Int

  /// Packs the rows `[outputs][inputs]`.
  ///
  /// - Parameters:
  ///   - rows: The weights in f32.
  ///   - inputs: The width of a row.
  ///   - outputs: The number of rows.
  ///   - element: The type to keep them in.
  ///   - memory: Receives the packed weights.
  /// - Throws: ``ModelError`` when the matrix library fails or memory cannot be allocated.
  package convenience init(
    rows: UnsafePointer<Float>,
    inputs: Int,
    outputs: Int,
    element: ElementType,
    memory: WeightMemory
  ) throws(ModelError) {
    let packer = try LayerPacker(inputs: inputs, outputs: outputs, element: element, memory: memory)
    try packer.pack(rows, outputs: 0..<outputs, scratch: PackingScratch(partBytes: 0))
    try self.init(packer)
  }

  /// Packs rows that are made a part at a time, so that they are never all in memory as f32.
  ///
  /// The packed weights are the same, byte for byte, as if all rows were packed at once.
  ///
  /// - Parameters:
  ///   - inputs: The width of a row.
  ///   - outputs: The number of rows.
  ///   - element: The type to keep them in.
  ///   - memory: Receives the packed weights.
  ///   - multiple: The number of rows of whose multiples a part consists, unless it is the last.
  ///   - scratch: The memory of a part.
  ///   - fill: Writes the rows of a range of outputs.
  /// - Throws: ``ModelError`` when the matrix library fails or memory cannot be allocated; what `fill` throws.
  package convenience init(
    inputs: Int,
    outputs: Int,
    element: ElementType,
    memory: WeightMemory,
    multiple: Int = 1,
    scratch: PackingScratch,
    fill: (Range<Int>, UnsafeMutablePointer<Float>) throws(ModelError) -> Void
  ) throws(ModelError) {
    let packer = try LayerPacker(inputs: inputs, outputs: outputs, element: element, memory: memory)
    let step = packer.rowsPerPart(multiple: multiple, partBytes: scratch.partBytes)
    let rows = try scratch.rows(step * inputs)
    var first = 0
    while first < outputs {
      let part = first..<min(first + step, outputs)
      try fill(part, rows)
      try packer.pack(rows, outputs: part, scratch: scratch)
      first = part.upperBound
    }
    try self.init(packer)
  }

  private init(_ packer: LayerPacker) throws(ModelError) {
    inputs = packer.inputs
    outputs = packer.outputs
    element = packer.element
    columnScales = packer.scales
    columnOffsets = packer.offsets
    byteCount = packer.byteCount
    start = UnsafeRawPointer(packer.start)
    memory = packer.owner
    weights = try packer.finish()
  }

  deinit { weights.destroy() }

  /// Runs a body with the offsets of the outputs, or nil if there are none.
  func withOffsets(_ body: (UnsafePointer<Int32>?) -> Void) {
    columnOffsets.withUnsafeBufferPointer { body($0.isEmpty ? nil : $0.baseAddress) }
  }
}

func kernelError(_ status: Int32) -> ModelError {
  ModelError(
    .kernel,
    "the matrix library (oneDNN \(onednnVersion)) failed: \(String(cString: braid_onednn_error(status)))"
  )
}

func check(_ status: Int32) throws(ModelError) {
  if status != 0 { throw kernelError(status) }
}

/// The version of oneDNN in use.
package var onednnVersion: String { String(cString: braid_onednn_version()) }
