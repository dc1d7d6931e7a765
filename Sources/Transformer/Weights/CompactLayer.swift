internal import CKernels
internal import GGUF
internal import Memory

/// The weights of one linear layer as the model file packs them, shared by every lane.
///
/// They take what they take in the file, and a product unpacks them on the way: exact for the file's numbers, fast for
/// few rows, where reading the weights is what takes time, and a little slower than packed weights for many. Few rows
/// are rounded to 16 bits with a scale for 32 values where the weights are whole numbers with scales, which loses 2^-16.
package final class CompactLayer: Sendable {
  /// Consecutive outputs from one tensor of the file.
  package struct Part: Sendable {
    /// The outputs.
    let outputs: Range<Int>
    /// The type of the tensor.
    let type: GGUFTensorType
    /// The block that holds the rows.
    let owner: AlignedBuffer
    /// The bytes of the first row in it.
    let offset: Int
    /// The bytes that no other layer or table has.
    let ownByteCount: Int
  }

  /// Values of an input row.
  package let inputs: Int
  /// Values of an output row.
  package let outputs: Int
  /// The factor of all outputs.
  let scale: Float
  /// The parts, in the order of their outputs.
  let parts: [Part]

  /// The bytes of the weights, without those that are shared.
  package var byteCount: Int { parts.reduce(0) { $0 + $1.ownByteCount } }

  /// The bytes that a thread takes to multiply many rows by the layers of a model.
  package static func panelByteCount(_ c: ModelConfiguration) -> Int {
    CompactProducts.byteCount(inputs: max(c.embedding, c.queryWidth, c.feedForward))
  }

  /// Makes a layer of parts.
  ///
  /// - Parameters:
  ///   - inputs: The width of a row, a multiple of each type's block.
  ///   - parts: The parts, which follow each other from output 0 on.
  ///   - scale: The factor of all weights.
  package init(inputs: Int, parts: [Part], scale: Float = 1) {
    self.inputs = inputs
    outputs = parts.last?.outputs.upperBound ?? 0
    self.parts = parts
    self.scale = scale
  }
}

extension CompactLayer.Part {
  /// Multiplies rows by some of the outputs.
  ///
  /// - Parameters:
  ///   - range: Outputs of this part, counted as the layer's.
  ///   - rows: The rows, at most ``CompactProducts/fewRows`` of them.
  ///   - layer: The layer of this part.
  ///   - out: `[rows][outputs]` of the whole layer.
  ///   - accumulate: True to add to `out`.
  func multiply(
    _ range: Range<Int>,
    _ rows: UnsafePointer<braid_compact_rows>,
    of layer: CompactLayer,
    out: UnsafeMutablePointer<Float>,
    accumulate: Bool
  ) {
    var weights = braid_compact_weights(
      bytes: (owner.base + offset).assumingMemoryBound(to: UInt8.self),
      type: type.rawValue,
      inputs: layer.inputs,
      row_bytes: layer.inputs / type.blockLength * type.blockByteCount
    )
    braid_compact_product(
      &weights,
      range.lowerBound - outputs.lowerBound,
      range.count,
      rows,
      layer.scale,
      accumulate ? 1 : 0,
      out + range.lowerBound,
      layer.outputs
    )
  }

  /// Writes rows of weights in f32, `[range.count][inputs]`.
  ///
  /// - Parameters:
  ///   - range: Outputs of this part, counted as the layer's.
  ///   - layer: The layer of this part.
  ///   - destination: Receives the rows.
  func unpack(_ range: Range<Int>, of layer: CompactLayer, to destination: UnsafeMutablePointer<Float>) {
    let blocks = layer.inputs / type.blockLength
    let first = (range.lowerBound - outputs.lowerBound) * blocks * type.blockByteCount
    type.dequantise(owner.base + offset + first, destination, blocks: range.count * blocks)
    if layer.scale != 1 { for i in 0..<range.count * layer.inputs { destination[i] *= layer.scale } }
  }
}
