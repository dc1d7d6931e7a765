internal import Foundation
internal import ParallelContext
internal import Tables

/// The results of one policy and number of chunks: means over the segments.
package struct PerplexityRow: TableRow, Sendable, Equatable {
  /// The policy, as it was given.
  package let policy: String
  /// Tokens of the context.
  package let context: Int
  /// Chunks the context was cut into.
  package let chunks: Int
  /// The number of segments measured.
  package private(set) var segments = 0
  /// Mean loss of a scored token, in nats.
  package private(set) var nll = 0.0
  /// e to the power of ``nll``.
  package private(set) var perplexity = 0.0
  /// The mean of the segments' shares of the context's use that are kept: 1 for full attention, 0 for no
  /// context.
  package private(set) var kept = 0.0
  /// The mean loss without any context, in nats.
  package private(set) var nllWithoutContext = 0.0
  /// The mean loss under full attention, in nats.
  package private(set) var nllFullAttention = 0.0
  /// Mean entropy of attention after selection, in nats; nil for full attention.
  package private(set) var entropyNats: Double?
  /// The mean entropy of each layer; empty for full attention. It is not a column of the table.
  package private(set) var entropyByLayer: [Double] = []
  /// The share of the exact rule's choices of chunks that the policy's own rule made too; nil unless
  /// compared.
  package private(set) var selectionRecall: Double?
  /// The recall of each layer; empty unless compared. It is not a column of the table.
  package private(set) var recallByLayer: [Double] = []
  /// The share of heads and tokens that attended no chunk because the policy makes their head local; nil for
  /// full attention.
  package private(set) var localHeadShare: Double?
  /// Seconds to read the tail, once the context is encoded; for full attention, to read both.
  package private(set) var seconds = 0.0

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

  /// Adds one segment's statistics of attention.
  mutating func add(statistics: QueryStatistics) {
    add(entropy: statistics.meanEntropy, byLayer: statistics.layers.map(\.meanEntropy))
    localHeadShare = (localHeadShare ?? 0) + statistics.localShare
    add(recall: statistics.exactRecall, byLayer: statistics.layers.map { $0.exactRecall ?? 0 })
  }

  /// Adds one segment's recall of the exact rule's choices, from 0 to 1: that of all layers, nil unless
  /// compared, and that of each layer.
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

  /// Returns (without - loss) / (without - full); 0 if the context was of no use even to full attention.
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

  /// A heading with the values that all rows have in common; nil without rows.
  var heading: String? {
    guard let first else { return nil }
    let without = Quantities.decimal(first.nllWithoutContext, places: 4)
    let full = Quantities.decimal(first.nllFullAttention, places: 4)
    return "\(Quantities.count(first.context)) tokens of context, "
      + "means of \(Quantities.counted(first.segments, "segment")); "
      + "NLL without context \(without), full attention \(full)"
  }

  /// The columns of the table for people.
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
