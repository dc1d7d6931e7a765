internal import Tables

/// The entropy of attention and the loss of one policy and number of chunks: means over the segments.
package struct EntropyRow: TableRow, Sendable, Equatable {
  /// The policy, as it was given.
  package let policy: String
  /// Tokens of the context.
  package let context: Int
  /// Chunks the context was cut into.
  package let chunks: Int
  /// Mean loss of a scored token, in nats.
  package let nll: Double
  /// The share of the context's use that is kept: 1 for full attention, 0 for no context.
  package let kept: Double
  /// Mean entropy of attention after selection, in nats; nil for full attention.
  package let entropyNats: Double?
  /// The mean entropy of each layer, in nats; nil for full attention.
  package let entropyNatsByLayer: [Double]?
  /// For each layer, the share of the exact rule's choices of chunks that the policy's own rule made too; nil
  /// unless compared.
  package let selectionRecallByLayer: [Double]?

  /// Takes its values from a finished row of losses.
  package init(_ row: PerplexityRow) {
    policy = row.policy
    context = row.context
    chunks = row.chunks
    nll = row.nll
    kept = row.kept
    entropyNats = row.entropyNats
    entropyNatsByLayer = row.entropyByLayer.isEmpty ? nil : row.entropyByLayer
    selectionRecallByLayer = row.recallByLayer.isEmpty ? nil : row.recallByLayer
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case policy, context, chunks, nll, kept
    case entropyNats = "entropy_nats"
    case entropyNatsByLayer = "entropy_nats_by_layer"
    case selectionRecallByLayer = "selection_recall_by_layer"
  }

  /// The keys in the order in which they are declared.
  package static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }
}

extension [EntropyRow] {
  /// The Pearson correlation of mean entropy and loss over the rows that have an entropy; nil for fewer than
  /// two of these, or if one of the two is the same in all.
  package var correlation: Double? {
    let rows = compactMap { row in row.entropyNats.map { (entropy: $0, loss: row.nll) } }
    return Pearson.correlation(rows.map(\.entropy), rows.map(\.loss))
  }

  /// The correlation in a line for people.
  package var correlationLine: String {
    let rows = Quantities.counted(count { $0.entropyNats != nil }, "row")
    guard let correlation else {
      return "Pearson correlation of mean entropy and NLL: not defined over \(rows)"
    }
    return "Pearson correlation of mean entropy and NLL over \(rows): "
      + Quantities.decimal(correlation, places: 3)
  }

  /// The rows as a table, tables of entropies and recalls by layer, and the correlation, in lines for people.
  package var lines: [String] {
    guard let first else { return [] }
    var table = Table([
      ("policy", .left), ("chunks", .right), ("NLL", .right), ("kept", .right), ("entropy", .right),
    ])
    for row in self {
      table.add([
        row.policy, String(row.chunks), Quantities.decimal(row.nll, places: 4),
        Quantities.decimal(row.kept, places: 3),
        row.entropyNats.map { Quantities.decimal($0, places: 3) } ?? "",
      ])
    }
    let head = "\(Quantities.count(first.context)) tokens of context, entropy of attention in nats"
    return [head] + table.lines + layerLines("entropy", \.entropyNatsByLayer)
      + layerLines("recall of the exact choice", \.selectionRecallByLayer) + ["", correlationLine]
  }

  /// Returns a table with a line for each layer and a column for each row that has a value.
  private func layerLines(_ title: String, _ values: (EntropyRow) -> [Double]?) -> [String] {
    let rows = compactMap { row in values(row).map { (row: row, layers: $0) } }
    guard let most = rows.map(\.layers.count).max() else { return [] }
    var table = Table(
      [("layer", .right)] + rows.map { ("\($0.row.policy) \($0.row.chunks)", .right) }
    )
    for layer in 0..<most {
      table.add(
        [String(layer)]
          + rows.map { row in
            layer < row.layers.count ? Quantities.decimal(row.layers[layer], places: 3) : ""
          }
      )
    }
    return ["", "\(title) by layer, columns are policy and chunks"] + table.lines
  }
}
