internal import Transformer

/// One block of a query on its way through one layer.
struct QueryBlock {
  let block: AttentionBlock
  /// The tail's token at which the block begins.
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
  ///   - shift: By how much the segment is moved; prepared before.
  ///   - temperature: The divisor of the logits.
  ///   - kernel: Decides the type; nil for the block's own.
  ///   - out: `[rows][headDimension]`.
  func rotate(
    head: Int,
    shift: Int,
    temperature: Float,
    kernel: AttentionKernel? = nil,
    into out: UnsafeMutableRawPointer
  ) {
    guard let table = rotations[shift] else { return }
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

  /// Copies the picked rows of rotated queries, one behind the other.
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
