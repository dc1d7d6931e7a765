/// The statistics of a query's attention, layer by layer, gathered over heads and tokens. Drafted tokens count whether or
/// not they were right.
package struct QueryStatistics: Sendable, Hashable {
  /// The statistics of one layer's attention. A row is one head of one token.
  package struct Layer: Sendable, Hashable {
    /// The number of merged rows.
    package fileprivate(set) var rows = 0
    /// Rows of local heads: those that attended no chunk because of ``Reading/heads``.
    package fileprivate(set) var localRows = 0
    /// The sum of the rows' entropies after selection, in nats.
    package fileprivate(set) var entropySum = 0.0
    /// The number of rows that attended each chunk.
    package fileprivate(set) var chunkUses: [Int]
    /// The sum of the rows' attention to each chunk, each row having 1 to give.
    package fileprivate(set) var chunkMass: [Double]
    /// The sum of the rows' attention to the sink.
    package fileprivate(set) var sinkMass = 0.0
    /// The sum of the rows' attention to question and answer.
    package fileprivate(set) var tailMass = 0.0
    /// The sum of the rows' attention to groups in place of chunks not selected, and to a local layer's
    /// window.
    package fileprivate(set) var restMass = 0.0
    /// The number of chunks that the exact rule would have chosen, over all rows; 0 unless compared.
    package fileprivate(set) var exactChoices = 0
    /// The number of these that were chosen.
    package fileprivate(set) var exactHits = 0

    /// Makes zeros for so many chunks.
    package init(chunks: Int) {
      chunkUses = Array(repeating: 0, count: chunks)
      chunkMass = Array(repeating: 0, count: chunks)
    }

    /// The share of the rows' attention that went to chunks, from 0 to 1.
    package var contextShare: Double { rows == 0 ? 0 : chunkMass.reduce(0, +) / Double(rows) }
    /// The mean entropy, in nats.
    package var meanEntropy: Double { rows == 0 ? 0 : entropySum / Double(rows) }

    /// The share of the exact rule's choices that was chosen; nil unless compared.
    package var exactRecall: Double? {
      exactChoices == 0 ? nil : Double(exactHits) / Double(exactChoices)
    }

    /// Counts one row.
    package mutating func addRow(entropy: Float, isLocal: Bool) {
      rows += 1
      entropySum += Double(entropy)
      if isLocal { localRows += 1 }
    }

    /// Counts a row's attention to a segment; a chunk that is seen at two places is still used once.
    package mutating func addMass(_ weight: Float, to part: Part, isFirst: Bool = true) {
      switch part {
      case .sink: sinkMass += Double(weight)
      case .tail: tailMass += Double(weight)
      case .rest: restMass += Double(weight)
      case .chunk(let chunk):
        if isFirst { chunkUses[chunk] += 1 }
        chunkMass[chunk] += Double(weight)
      }
    }

    /// Adds a comparison of choices with those of the exact rule.
    mutating func addComparison(wanted: Int, found: Int) {
      exactChoices += wanted
      exactHits += found
    }

    mutating func add(_ other: Layer) {
      rows += other.rows
      localRows += other.localRows
      entropySum += other.entropySum
      sinkMass += other.sinkMass
      tailMass += other.tailMass
      restMass += other.restMass
      exactChoices += other.exactChoices
      exactHits += other.exactHits
      for chunk in chunkUses.indices {
        chunkUses[chunk] += other.chunkUses[chunk]
        chunkMass[chunk] += other.chunkMass[chunk]
      }
    }

    /// A part of the context that receives attention.
    package enum Part {
      case sink
      case tail
      case rest
      case chunk(Int)
    }
  }

  /// The statistics of each layer.
  package private(set) var layers: [Layer]
  /// The attended tokens of each chunk that was not attended whole in the end, counted from its first.
  package var passages: [Int: Range<Int>] = [:]

  /// Makes statistics of no rows.
  package init(layers: Int, chunks: Int) {
    self.layers = Array(repeating: Layer(chunks: chunks), count: layers)
  }

  /// Adds the statistics of one layer.
  package mutating func add(_ other: Layer, layer: Int) { layers[layer].add(other) }

  /// The number of rows, of ``rowCount``, that attended each chunk.
  package var chunkUses: [Int] {
    guard var sum = layers.first?.chunkUses else { return [] }
    for layer in layers.dropFirst() {
      for chunk in sum.indices { sum[chunk] += layer.chunkUses[chunk] }
    }
    return sum
  }

  /// The number of merged rows.
  package var rowCount: Int { layers.reduce(0) { $0 + $1.rows } }

  /// The mean entropy of attention after selection, in nats.
  package var meanEntropy: Double {
    rowCount == 0 ? 0 : layers.reduce(0) { $0 + $1.entropySum } / Double(rowCount)
  }

  /// The share of rows that were local.
  package var localShare: Double {
    rowCount == 0 ? 0 : Double(layers.reduce(0) { $0 + $1.localRows }) / Double(rowCount)
  }

  /// The share of the exact rule's choices that was chosen; nil unless compared.
  package var exactRecall: Double? {
    let wanted = layers.reduce(0) { $0 + $1.exactChoices }
    return wanted == 0 ? nil : Double(layers.reduce(0) { $0 + $1.exactHits }) / Double(wanted)
  }
}
