internal import Transformer

/// Rotations of a run of query tokens, one table for each distance by which a segment is moved.
final class ShiftedRotations {
  private let rope: RotaryConfiguration
  private var tables: [Int: RotaryTable] = [:]
  private var position = 0
  private var count = 0

  init(_ rope: RotaryConfiguration) { self.rope = rope }

  /// Begins a run of `count` tokens at `position`; all tables are dropped.
  func begin(position: Int, count: Int) {
    (self.position, self.count) = (position, count)
    tables.removeAll(keepingCapacity: true)
  }

  /// Makes the table of a shift; no other thread may read tables meanwhile.
  func prepare(_ shift: Int) {
    guard tables[shift] == nil else { return }
    tables[shift] = RotaryTable(rope, first: position - shift, count: count)
  }

  /// The table of a shift; nil unless prepared.
  subscript(shift: Int) -> RotaryTable? { tables[shift] }
}
