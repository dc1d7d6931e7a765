internal import GGUF
internal import Memory

/// The embedding of each token, as packed in memory as in the file; rows are dequantised when they are
/// needed.
struct EmbeddingTable: Sendable {
  /// The rows.
  let bytes: AlignedBuffer
  private let type: GGUFTensorType
  private let width: Int
  private let rowByteCount: Int

  /// The bytes of the table.
  var byteCount: Int { bytes.byteCount }

  /// Copies the table out of the file.
  ///
  /// - Throws: ``ModelError`` when the file has changed or cannot be read.
  init(_ tensor: GGUFTensor) throws(ModelError) {
    do { bytes = try tensor.bytes() } catch { throw ModelError(.malformed, error.message, cause: error) }
    type = tensor.type
    width = tensor.rowLength
    rowByteCount = tensor.rowByteCount
  }

  /// Writes a row as 32-bit floats.
  ///
  /// - Parameters:
  ///   - row: One of the tensor's rows.
  ///   - destination: Receives a row.
  func write(row: Int, to destination: UnsafeMutablePointer<Float>) {
    let source = bytes.bytes[row * rowByteCount..<(row + 1) * rowByteCount]
    guard let start = UnsafeRawBufferPointer(rebasing: source).baseAddress else { return }
    type.dequantise(start, destination, blocks: width / type.blockLength)
  }
}
