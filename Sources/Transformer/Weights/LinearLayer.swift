internal import CKernels
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
  let weights: OpaquePointer
  private let memory: AlignedBuffer

  /// Packs the rows `[outputs][inputs]`.
  ///
  /// - Parameters:
  ///   - rows: The weights in f32.
  ///   - inputs: The width of a row.
  ///   - outputs: The number of rows.
  ///   - element: The type to keep them in.
  ///   - memory: Receives the packed weights.
  /// - Throws: ``ModelError`` when the matrix library fails or memory cannot be allocated.
  package init(
    rows: UnsafePointer<Float>,
    inputs: Int,
    outputs: Int,
    element: ElementType,
    memory: WeightMemory
  ) throws(ModelError) {
    var created: OpaquePointer?
    try check(braid_weights_create(Int64(inputs), Int64(outputs), element.library, &created))
    guard let created else { throw ModelError(.kernel, "the matrix library made no weights") }
    do throws(ModelError) {
      let place = try memory.take(braid_weights_bytes(created))
      if element == .int8 {
        let quantised = try AlignedBuffer.allocated(inputs * outputs)
        var scales = [Float](repeating: 0, count: outputs)
        var room = [Float](repeating: 0, count: inputs)
        let start = quantised.base.assumingMemoryBound(to: Int8.self)
        braid_quantise_weights(rows, start, &scales, outputs, inputs, &room)
        try check(braid_weights_pack(created, start, place.start))
        columnScales = scales
      } else {
        try check(braid_weights_pack(created, rows, place.start))
        columnScales = []
      }
      self.memory = place.owner
    } catch {
      braid_weights_destroy(created)
      throw error
    }
    self.inputs = inputs
    self.outputs = outputs
    self.element = element
    self.weights = created
  }

  deinit { braid_weights_destroy(weights) }
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
