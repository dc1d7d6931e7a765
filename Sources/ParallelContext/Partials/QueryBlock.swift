internal import CKernels
internal import Transformer

/// Rotations of a run of query tokens, one table for each distance by which a segment is moved.
final class ShiftedRotations {
  private let rope: RotaryConfiguration
  private var tables: [Int: RotaryTable] = [:]
  private var position = 0
  private var count = 0

  init(_ rope: RotaryConfiguration) { self.rope = rope }

  /// Announces `count` tokens from `position` on.
  func begin(position: Int, count: Int) {
    (self.position, self.count) = (position, count)
    tables.removeAll(keepingCapacity: true)
  }

  /// Makes the table of a shift. Not while other threads read.
  func prepare(_ shift: Int) {
    guard tables[shift] == nil else { return }
    tables[shift] = RotaryTable(rope, first: position - shift, count: count)
  }

  /// The table of a prepared shift.
  subscript(shift: Int) -> RotaryTable? { tables[shift] }
}

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
  ///   - shift: How far the segment is moved; prepared before.
  ///   - temperature: What the logits are divided by.
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
