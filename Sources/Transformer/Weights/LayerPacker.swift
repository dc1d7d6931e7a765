internal import CKernels
internal import KVFormat
internal import Memory

/// A linear layer while it is packed, some of its outputs at a time.
final class LayerPacker {
  let inputs: Int
  let outputs: Int
  let element: ElementType
  /// The factor of each output's sum, for int8 weights; else empty.
  private(set) var scales: [Float]
  /// What the rows' zero point adds to each output's sum; empty where there is none.
  private(set) var offsets: [Int32]
  /// The bytes of the packed weights.
  let byteCount: Int
  /// The block that holds the packed weights.
  let owner: AlignedBuffer
  /// The packed weights.
  let start: UnsafeMutableRawPointer
  /// The rows that the weights are multiplied by.
  private let kind: Int32
  /// The number of outputs of whose multiples a part consists that is packed by itself.
  private let step: Int
  private var weights: PackedWeights?

  /// Lays a layer out.
  ///
  /// - Throws: ``ModelError`` when the matrix library fails or memory cannot be allocated.
  init(inputs: Int, outputs: Int, element: ElementType, memory: WeightMemory) throws(ModelError) {
    let most = Int(BRAID_INT8_MOST_INPUTS)
    guard element != .int8 || inputs <= most else {
      throw ModelError(
        .badInput,
        "the sums of a layer of \(inputs) inputs, more than \(most), may not fit 32 bits in int8: use "
          + "--compute \(Precision.native.rawValue)"
      )
    }
    if element == .int8 { try Precision.int8.check() }
    kind = element == .int8 ? Precision.int8Rows ?? 0 : 0
    let laidOut = try PackedWeights(inputs: inputs, outputs: outputs, element: element, kind: kind)
    byteCount = laidOut.byteCount(inputs: inputs, outputs: outputs)
    do throws(ModelError) {
      (owner, start) = try memory.take(byteCount)
    } catch {
      laidOut.destroy()
      throw error
    }
    weights = laidOut
    step = laidOut.step
    self.inputs = inputs
    self.outputs = outputs
    self.element = element
    scales = [Float](repeating: 0, count: element == .int8 ? outputs : 0)
    let isUnsigned = element == .int8 && kind != Int32(BRAID_ROWS_S8)
    offsets = [Int32](repeating: 0, count: isUnsigned ? outputs : 0)
  }

  deinit { weights?.destroy() }

  /// The number of rows that make a part.
  ///
  /// - Parameters:
  ///   - multiple: The number of rows of whose multiples a part must consist, unless it is the last.
  ///   - partBytes: The size of a part in f32 that is not to be exceeded where that is possible.
  /// - Returns: At most ``outputs``.
  func rowsPerPart(multiple: Int, partBytes: Int) -> Int {
    let unit = PackingScratch.unit(step, multiple)
    guard unit < outputs else { return outputs }
    let rows = partBytes / (inputs * MemoryLayout<Float>.stride)
    return min(outputs, max(unit, rows / unit * unit))
  }

  /// Packs rows of f32.
  ///
  /// - Parameters:
  ///   - rows: The rows of these outputs.
  ///   - part: The outputs, which begin where the part before has ended.
  ///   - scratch: The memory of quantised rows.
  /// - Throws: ``ModelError`` when the matrix library fails or memory cannot be allocated.
  func pack(
    _ rows: UnsafePointer<Float>,
    outputs part: Range<Int>,
    scratch: PackingScratch
  ) throws(ModelError) {
    guard let weights else { return }
    guard element == .int8 else {
      try weights.pack(rows, outputs: part, inputs: inputs, to: start)
      return
    }
    let quantised = try scratch.bytes(part.count * inputs)
    var room = [Float](repeating: 0, count: inputs)
    scales.withUnsafeMutableBufferPointer { scales in
      offsets.withUnsafeMutableBufferPointer { offsets in
        guard let scale = scales.baseAddress else { return }
        let own = offsets.baseAddress.map { $0 + part.lowerBound }
        braid_quantise_weights(
          rows,
          kind,
          quantised,
          scale + part.lowerBound,
          offsets.isEmpty ? nil : own,
          part.count,
          inputs,
          &room
        )
      }
    }
    try weights.pack(quantised, outputs: part, inputs: inputs, to: start)
  }

  /// Hands the packed weights over; they belong to the caller then.
  ///
  /// - Throws: ``ModelError`` when they were handed over already.
  func finish() throws(ModelError) -> PackedWeights {
    guard let weights else { throw ModelError(.kernel, "a layer's weights were packed twice") }
    self.weights = nil
    return weights
  }
}
