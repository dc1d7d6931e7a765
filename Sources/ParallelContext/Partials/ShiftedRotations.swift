internal import Transformer

/// Rotations of a run of query tokens, one table for each distance by which a segment is moved.
final class ShiftedRotations {
  private let configuration: ModelConfiguration
  private var tables: [Int: RotaryTables] = [:]
  private var position = 0
  private var count = 0

  init(_ configuration: ModelConfiguration) { self.configuration = configuration }

  /// Begins a run of `count` tokens at `position`; all tables are dropped.
  func begin(position: Int, count: Int) {
    (self.position, self.count) = (position, count)
    tables.removeAll(keepingCapacity: true)
  }

  /// Makes the table of a shift; no other thread may read tables meanwhile.
  func prepare(_ shift: Int) {
    guard tables[shift] == nil else { return }
    tables[shift] = RotaryTables(configuration, first: position - shift, count: count)
  }

  /// The table of a shift for a layer; nil unless prepared.
  subscript(shift: Int, layer layer: Int) -> RotaryTable? { tables[shift]?[layer: layer] }
}
