internal import Memory

/// One tensor of a GGUF file, which keeps the file mapped while it lives.
public struct GGUFTensor: Sendable {
  /// The name.
  public let name: String
  /// The number format.
  public let type: GGUFTensorType
  /// The sizes, 1 to 4 of them; the first is the contiguous one.
  public let dimensions: [Int]
  /// The product of the dimensions.
  public let elementCount: Int
  /// The number of bytes in the file.
  public let byteCount: Int
  let file: MappedFile
  let offset: Int

  /// The number of elements of a row: the first dimension.
  public var rowLength: Int { dimensions[0] }
  /// The number of rows: the product of the other dimensions.
  public var rowCount: Int { elementCount / rowLength }

  /// Lends the tensor's bytes as they are in the file.
  ///
  /// - Parameter body: Uses the bytes, which are valid for the call only and have no alignment to rely on.
  /// - Returns: What `body` returns.
  /// - Throws: What the body throws.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(file) {} }
    return try body(UnsafeRawBufferPointer(rebasing: file.bytes[offset..<offset + byteCount]))
  }

  /// Writes rows as 32-bit floats.
  ///
  /// - Parameters:
  ///   - destination: Room for at least `rows.count * rowLength` floats; filled from its start.
  ///   - rows: Rows of the tensor.
  /// - Throws: ``GGUFError`` where the tensor has no such rows or the destination is too small.
  public func dequantise(
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
    let blocksPerRow = rowLength / type.blockLength
    withBytes { bytes in
      guard let source = bytes.baseAddress else { return }
      type.dequantise(
        source + rows.lowerBound * blocksPerRow * type.blockByteCount,
        base,
        blocks: rows.count * blocksPerRow
      )
    }
  }

  /// Returns the whole tensor as 32-bit floats.
  ///
  /// - Returns: `elementCount` floats, row by row.
  public func dequantised() -> [Float] {
    [Float](unsafeUninitializedCapacity: elementCount) { buffer, count in
      // All rows into room for all elements: neither check of `dequantise` can fail.
      count = (try? dequantise(into: buffer, rows: 0..<rowCount)) == nil ? 0 : elementCount
    }
  }
}
