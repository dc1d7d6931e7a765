/// What a query's attention looked like, gathered over layers, heads and tokens.
public struct QueryStatistics: Sendable, Hashable {
  private var entropySum = 0.0
  private var rows = 0
  /// How often each chunk was attended, of ``rowCount`` times.
  public private(set) var chunkUses: [Int]

  package init(chunks: Int) { chunkUses = Array(repeating: 0, count: chunks) }

  package mutating func add(entropy: Float, attended: ArraySlice<Bool>?) {
    entropySum += Double(entropy)
    rows += 1
    guard let attended else {
      for chunk in chunkUses.indices { chunkUses[chunk] += 1 }
      return
    }
    for (chunk, isUsed) in attended.enumerated() where isUsed { chunkUses[chunk] += 1 }
  }

  package mutating func add(_ other: QueryStatistics) {
    entropySum += other.entropySum
    rows += other.rows
    for chunk in chunkUses.indices { chunkUses[chunk] += other.chunkUses[chunk] }
  }

  /// How many rows were merged.
  public var rowCount: Int { rows }
  /// The mean entropy of attention after selection, in nats.
  public var meanEntropy: Double { rows == 0 ? 0 : entropySum / Double(rows) }
}
