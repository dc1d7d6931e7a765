package import Memory

/// One tensor of a GGUF file, which keeps the file open while it lives.
package struct GGUFTensor: Sendable {
  /// The name.
  package let name: String
  /// The number format.
  package let type: GGUFTensorType
  /// The sizes, 1 to 4 of them; the first is the contiguous one.
  package let dimensions: [Int]
  /// The product of the dimensions.
  package let elementCount: Int
  /// The number of bytes in the file.
  package let byteCount: Int
  let file: RegularFile
  let offset: Int

  /// The number of elements of a row: the first dimension.
  package var rowLength: Int { dimensions[0] }
  /// The number of rows: the product of the other dimensions.
  package var rowCount: Int { elementCount / rowLength }

  /// Copies the tensor's bytes out of the file, as they are there.
  ///
  /// - Returns: `byteCount` bytes.
  /// - Throws: ``GGUFError`` where the file has changed or cannot be read.
  package func bytes() throws(GGUFError) -> AlignedBuffer { try file.bytes(offset..<offset + byteCount) }

  /// Copies the tensor's bytes out of the file, as they are there.
  ///
  /// - Parameter destination: At least ``byteCount`` bytes; filled from its start.
  /// - Throws: ``GGUFError`` where there is too little room, or the file has changed or cannot be read.
  package func copyBytes(to destination: UnsafeMutableRawBufferPointer) throws(GGUFError) {
    guard destination.count >= byteCount else {
      throw GGUFError(
        .badRequest,
        "tensor \(name) takes \(byteCount) bytes, there is room for \(destination.count)"
      )
    }
    try file.fill(UnsafeMutableRawBufferPointer(rebasing: destination[..<byteCount]), at: offset)
  }

  /// The number of bytes of a row.
  package var rowByteCount: Int { byteCount / rowCount }

  /// Writes rows as 32-bit floats.
  ///
  /// - Parameters:
  ///   - destination: At least `rows.count * rowLength` floats; filled from its start.
  ///   - rows: Rows of the tensor.
  /// - Throws: ``GGUFError`` where the tensor has no such rows, the destination is too small, or the file has
  ///   changed or cannot be read.
  package func dequantise(
    into destination: UnsafeMutableBufferPointer<Float>,
    rows: Range<Int>
  ) throws(GGUFError) {
    guard rows.lowerBound >= 0, rows.upperBound <= rowCount else {
      throw GGUFError(.badRequest, "tensor \(name) has \(rowCount) rows, and rows \(rows) were asked for")
    }
    let needed = rows.count * rowLength
    guard destination.count >= needed else {
      throw GGUFError(
        .badRequest,
        "tensor \(name): \(rows.count) rows take \(needed) floats, there is room for \(destination.count)"
      )
    }
    guard let base = destination.baseAddress, needed > 0 else { return }
    // A part is still in the second-level cache when it is dequantised.
    let rowsPerPart = max(1, Self.partByteCount / rowByteCount)
    let part = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(rowsPerPart, rows.count) * rowByteCount,
      alignment: 64
    )
    defer { part.deallocate() }
    var row = rows.lowerBound
    while row < rows.upperBound {
      let count = min(rowsPerPart, rows.upperBound - row)
      let bytes = UnsafeMutableRawBufferPointer(rebasing: part[..<(count * rowByteCount)])
      try file.fill(bytes, at: offset + row * rowByteCount)
      if let source = bytes.baseAddress {
        type.dequantise(
          source,
          base + (row - rows.lowerBound) * rowLength,
          blocks: count * rowLength / type.blockLength
        )
      }
      row += count
    }
  }

  private static let partByteCount = 1 << 18

  /// Returns the whole tensor as 32-bit floats.
  ///
  /// - Returns: `elementCount` floats, row by row.
  /// - Throws: ``GGUFError`` where the file has changed or cannot be read.
  package func dequantised() throws(GGUFError) -> [Float] {
    var floats = [Float](repeating: 0, count: elementCount)
    var failure: GGUFError?
    floats.withUnsafeMutableBufferPointer { buffer in
      do throws(GGUFError) {
        try dequantise(into: buffer, rows: 0..<rowCount)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return floats
  }
}
