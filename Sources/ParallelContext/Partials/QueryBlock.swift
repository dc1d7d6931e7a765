internal import Transformer

/// One block of a query on its way through one layer.
struct QueryBlock {
  let block: AttentionBlock
  /// The index in the tail of the block's first token.
  let first: Int
  let configuration: ModelConfiguration
  let rotations: ShiftedRotations
  let kernel: AttentionKernel

  /// Rows of one key and value head, `[token][head of the group]`.
  var rows: Int { block.rows * configuration.group }

  /// Rotates one group's queries for a segment that is moved by `shift`.
  ///
  /// - Parameters:
  ///   - head: The key and value head.
  ///   - shift: The distance by which the segment is moved; its table has been prepared.
  ///   - temperature: The divisor of the logits.
  ///   - kernel: The kernel, which decides the type; nil for the block's own.
  ///   - out: `[rows][headDimension]`.
  func rotate(
    head: Int,
    shift: Int,
    temperature: Float,
    kernel: AttentionKernel? = nil,
    into out: UnsafeMutableRawPointer
  ) {
    guard let table = rotations[shift, layer: block.layer] else { return }
    (kernel ?? self.kernel).rotateQueries(
      block.qkv,
      head: head,
      tokens: block.rows,
      table: table,
      tableRow: block.firstRow,
      configuration: configuration,
      temperature: temperature,
      out: out
    )
  }

  /// Copies the picked rows of rotated queries, one behind the other, to the rows from `place` on.
  func copy(
    _ picked: [Int32],
    of rotated: UnsafeMutableRawPointer,
    to queries: UnsafeMutableRawPointer,
    at place: Int
  ) {
    let rowBytes = configuration.headDimension * (kernel == .bf16 ? 2 : 4)
    for (index, row) in picked.enumerated() {
      (queries + (place + index) * rowBytes)
        .copyMemory(from: rotated + Int(row) * rowBytes, byteCount: rowBytes)
    }
  }
}
