/// A scan of a long document in stages, of which none reads everything.
///
/// A chunk's score is the sum of the five largest shares that any rows of all layers give to it, and few heads give
/// large ones. Which these are differs between questions, but hardly between chunks:
///
/// 1. A sample of the chunks is scanned for all heads. The heads to which it owes its scores are telling.
/// 2. All chunks are scanned for the telling heads. Those with the largest scores are candidates.
/// 3. The candidates are scanned for all heads, and these scores count.
///
/// In the first and the last stage the mass of the chunks that are not scanned is taken from the sample.
///
/// A head is one key and value head of a layer that attends chunks.
package struct ScanStages: Sendable, Hashable {
  /// The sampled chunks, evenly spread over the document.
  package let sample: [Int]
  /// The number of candidates.
  package let candidates: Int

  /// Chunks of a sample.
  private static let sampled = 64
  /// The share of the sample's scores that telling heads have together, where they are not too many.
  private static let tellingShare: Float = 0.99
  /// The part of all heads that are telling at most.
  private static let mostTellingPart = 4
  /// The fewest heads that can be telling, without regard to their share.
  private static let fewestTelling = 8

  /// Plans a scan, or returns nil where it could cost more than three quarters of a full one.
  ///
  /// - Parameters:
  ///   - chunks: The number of the document's chunks.
  ///   - heads: The number of heads.
  ///   - wanted: The number of chunks that are chosen in the end.
  package init?(chunks: Int, heads: Int, wanted: Int) {
    let candidates = max(Self.sampled, 4 * wanted)
    let most = heads / Self.mostTellingPart
    guard most >= Self.fewestTelling,
      heads * (Self.sampled + candidates) + most * chunks <= heads * chunks * 3 / 4
    else {
      return nil
    }
    sample = (0..<Self.sampled).map { (2 * $0 + 1) * chunks / (2 * Self.sampled) }
    self.candidates = candidates
  }

  /// The telling heads, in their order.
  ///
  /// - Parameter scores: The scores of the sampled chunks, by each head alone.
  /// - Returns: The indices of the heads.
  package func telling(_ scores: [ScoreReduction]) -> [Int] {
    guard let first = scores.first else { return [] }
    let all = scores.dropFirst().reduce(into: first) { $0.add($1) }
    let parts = scores.map { $0.part(of: all) }
    let ranked = parts.indices.sorted { (parts[$1], $0) < (parts[$0], $1) }
    let enough = Self.tellingShare * parts.reduce(0, +)
    var (telling, sum): ([Int], Float) = ([], 0)
    for head in ranked.prefix(scores.count / Self.mostTellingPart)
    where telling.count < Self.fewestTelling || sum < enough {
      telling.append(head)
      sum += parts[head]
    }
    return telling.sorted()
  }

  /// The sampled chunks, by their places in the sample, that stand for those which are no candidates.
  package func outside(_ candidates: [Int]) -> [Int] {
    let chosen = Set(candidates)
    let outside = sample.indices.filter { !chosen.contains(sample[$0]) }
    return outside.isEmpty ? Array(sample.indices) : outside
  }
}
