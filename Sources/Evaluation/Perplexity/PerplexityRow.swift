internal import Foundation
internal import ParallelContext
internal import Tables

/// One policy and number of chunks: means over the segments.
package struct PerplexityRow: TableRow, Sendable, Equatable {
  /// The policy, as it was given.
  package let policy: String
  /// Tokens of the context.
  package let context: Int
  /// Chunks the context was cut into.
  package let chunks: Int
  /// Segments measured.
  package private(set) var segments = 0
  /// Mean loss of a scored token, in nats.
  package private(set) var nll = 0.0
  /// e to the power of that.
  package private(set) var perplexity = 0.0
  /// Mean of the segments' share of the context's use that is kept: 1 for full attention, 0 for no context.
  package private(set) var kept = 0.0
  /// The loss without any context.
  package private(set) var nllWithoutContext = 0.0
  /// The loss under full attention.
  package private(set) var nllFullAttention = 0.0
  /// Mean entropy of attention after selection, in nats; nil for full attention.
  package private(set) var entropyNats: Double?
  /// The same for each layer; empty for full attention. It is no column of the table.
  package private(set) var entropyByLayer: [Double] = []
  /// The share of the exact rule's choices of chunks that the policy's own rule made too; nil unless compared.
  package private(set) var selectionRecall: Double?
  /// The same for each layer; empty unless compared. It is no column of the table.
  package private(set) var recallByLayer: [Double] = []
  /// The share of heads and tokens that looked at no chunk by choice of the policy's heads; nil for full
  /// attention.
  package private(set) var localHeadShare: Double?
  /// Seconds to read the tail, the context being encoded; for full attention, both.
  package private(set) var seconds = 0.0

  /// A row to which nothing was added.
  package init(policy: String, context: Int, chunks: Int) {
    self.policy = policy
    self.context = context
    self.chunks = chunks
  }

  /// Adds one segment's losses, in nats.
  package mutating func add(loss: Double, without: Double, full: Double, seconds: Double) {
    nll += loss
    nllWithoutContext += without
    nllFullAttention += full
    kept += Self.kept(loss: loss, without: without, full: full)
    self.seconds += seconds
  }

  /// Adds one segment's attention.
  mutating func add(statistics: QueryStatistics) {
    add(entropy: statistics.meanEntropy, byLayer: statistics.layers.map(\.meanEntropy))
    localHeadShare = (localHeadShare ?? 0) + statistics.localShare
    add(recall: statistics.exactRecall, byLayer: statistics.layers.map { $0.exactRecall ?? 0 })
  }

  /// Adds one segment's recalls of the exact rule's choices, from 0 to 1: that of all layers, nil unless compared,
  /// and that of each.
  package mutating func add(recall: Double?, byLayer: [Double]) {
    guard let recall else { return }
    selectionRecall = (selectionRecall ?? 0) + recall
    recallByLayer = recallByLayer.isEmpty ? byLayer : zip(recallByLayer, byLayer).map(+)
  }

  /// Adds one segment's entropies, in nats: the mean over all heads and tokens, and that of each layer.
  package mutating func add(entropy: Double, byLayer: [Double]) {
    entropyNats = (entropyNats ?? 0) + entropy
    entropyByLayer = entropyByLayer.isEmpty ? byLayer : zip(entropyByLayer, byLayer).map(+)
  }

  /// (without - loss) / (without - full): 0 where the context was of no use even to full attention.
  package static func kept(loss: Double, without: Double, full: Double) -> Double {
    let use = without - full
    return use > 0 ? (without - loss) / use : 0
  }

  /// Turns sums into means.
  package mutating func finish(segments: Int) {
    let count = Double(max(1, segments))
    self.segments = segments
    nll /= count
    kept /= count
    nllWithoutContext /= count
    nllFullAttention /= count
    seconds /= count
    entropyNats = entropyNats.map { $0 / count }
    entropyByLayer = entropyByLayer.map { $0 / count }
    localHeadShare = localHeadShare.map { $0 / count }
    selectionRecall = selectionRecall.map { $0 / count }
    recallByLayer = recallByLayer.map { $0 / count }
    perplexity = exp(nll)
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case policy, context, chunks, segments, nll, perplexity, kept
    case nllWithoutContext = "nll_without_context"
    case nllFullAttention = "nll_full_attention"
    case entropyNats = "entropy_nats"
    case selectionRecall = "selection_recall"
    case localHeadShare = "local_head_share"
    case seconds
  }

  /// The keys in the order in which they are declared.
  package static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }
}

extension [PerplexityRow] {
  /// The rows as a table.
  package var lines: [String] {
    guard let heading else { return [] }
    var table = Table(Self.columns)
    cells.forEach { table.add($0) }
    return [heading] + table.lines
  }

  /// What all rows have in common; nil without rows.
  var heading: String? {
    guard let first else { return nil }
    let without = Quantities.decimal(first.nllWithoutContext, places: 4)
    let full = Quantities.decimal(first.nllFullAttention, places: 4)
    return "\(Quantities.count(first.context)) tokens of context, "
      + "means of \(Quantities.counted(first.segments, "segment")); "
      + "NLL without context \(without), full attention \(full)"
  }

  /// The columns for people.
  static var columns: [(title: String, alignment: Table.Alignment)] {
    [
      ("policy", .left), ("chunks", .right), ("NLL", .right), ("perplexity", .right), ("kept", .right),
      ("entropy", .right), ("recall", .right), ("local", .right), ("seconds", .right),
    ]
  }

  /// The cells of these columns, row by row.
  var cells: [[String]] {
    map { row in
      [
        row.policy, String(row.chunks), Quantities.decimal(row.nll, places: 4),
        Quantities.decimal(row.perplexity, places: 2), Quantities.decimal(row.kept, places: 3),
        row.entropyNats.map { Quantities.decimal($0, places: 3) } ?? "",
        row.selectionRecall.map { Quantities.decimal($0, places: 3) } ?? "",
        row.localHeadShare.map { Quantities.decimal($0, places: 2) } ?? "",
        Quantities.decimal(row.seconds, places: 2),
      ]
    }
  }
}
