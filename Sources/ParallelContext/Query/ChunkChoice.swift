/// Which chunks each row attends: the best `count` by score.
package struct ChunkChoice {
  package let rows: Int
  package let kvHeads: Int
  /// The most chunks of a row.
  package let count: Int
  private var chosen: [Int32]

  /// Makes room for the choices of `rows` rows of each of `kvHeads` key and value heads.
  package init(kvHeads: Int, rows: Int, count: Int) {
    self.rows = rows
    self.kvHeads = kvHeads
    self.count = count
    chosen = Array(repeating: -1, count: kvHeads * rows * count)
  }

  /// The chunk that a row has chosen at a rank; nil for none.
  package func chunk(head: Int, row: Int, rank: Int) -> Int? {
    let index = chosen[(head * rows + row) * count + rank]
    return index < 0 ? nil : Int(index)
  }

  /// Whether a row has chosen a chunk.
  package func contains(_ chunk: Int, head: Int, row: Int) -> Bool {
    let start = (head * rows + row) * count
    for rank in 0..<count where chosen[start + rank] == Int32(chunk) { return true }
    return false
  }

  /// A row attends no chunk.
  package mutating func clear(head: Int, row: Int) {
    let start = (head * rows + row) * count
    for rank in 0..<count { chosen[start + rank] = -1 }
  }

  /// A row attends the given chunks, at most `count` of them, in the order of the document.
  package mutating func set(_ chunks: [Int], head: Int, row: Int) {
    let start = (head * rows + row) * count
    for rank in 0..<count { chosen[start + rank] = rank < chunks.count ? Int32(chunks[rank]) : -1 }
  }

  /// A row attends the chunks of the largest scores; the earlier of equals wins.
  ///
  /// - Parameters:
  ///   - scores: A score per chunk.
  ///   - chunks: How many there are.
  ///   - most: How many are attended; nil for as many as there is room for.
  ///   - head: The key and value head.
  ///   - row: The row.
  package mutating func select(
    _ scores: UnsafePointer<Float>,
    chunks: Int,
    most: Int? = nil,
    head: Int,
    row: Int
  ) {
    let start = (head * rows + row) * count
    let most = min(most ?? count, count, chunks)
    chosen.withUnsafeMutableBufferPointer { chosen in
      var filled = 0
      for chunk in 0..<chunks {
        let score = scores[chunk]
        var place = filled
        while place > 0, scores[Int(chosen[start + place - 1])] < score { place -= 1 }
        guard place < most else { continue }
        var last = min(filled, most - 1)
        while last > place {
          chosen[start + last] = chosen[start + last - 1]
          last -= 1
        }
        chosen[start + place] = Int32(chunk)
        filled = min(filled + 1, most)
      }
      for rank in most..<max(most, count) { chosen[start + rank] = -1 }
      // In the order of the document: what is attended then depends on the choice alone.
      chosen[start..<start + most].sort()
    }
  }
}

/// A chunk's score over many rows: the sum of the five largest of their scores (arXiv 2412.16545).
package struct ScoreReduction: Sendable {
  private let chunks: Int
  /// `[chunk][topCount]` in falling order.
  private var largest: [Float]

  package init(chunks: Int) {
    self.chunks = chunks
    largest = Array(repeating: 0, count: chunks * PartialStore.topCount)
  }

  /// Forgets everything.
  package mutating func reset() {
    for i in largest.indices { largest[i] = 0 }
  }

  /// Takes in one row's scores, each a share of attention.
  package mutating func add(_ scores: UnsafePointer<Float>) {
    for chunk in 0..<chunks { add(scores[chunk], to: chunk) }
  }

  /// Takes in all rows of another.
  package mutating func add(_ other: ScoreReduction) {
    for chunk in 0..<chunks {
      for rank in 0..<PartialStore.topCount {
        add(other.largest[chunk * PartialStore.topCount + rank], to: chunk)
      }
    }
  }

  private mutating func add(_ score: Float, to chunk: Int) {
    let start = chunk * PartialStore.topCount
    var place = PartialStore.topCount
    while place > 0, largest[start + place - 1] < score { place -= 1 }
    guard place < PartialStore.topCount else { return }
    var rank = PartialStore.topCount - 1
    while rank > place {
      largest[start + rank] = largest[start + rank - 1]
      rank -= 1
    }
    largest[start + place] = score
  }

  /// Each chunk's score.
  package var scores: [Float] {
    (0..<chunks).map { chunk in
      let start = chunk * PartialStore.topCount
      return largest[start..<start + PartialStore.topCount].reduce(0, +)
    }
  }

  /// The `count` chunks of the largest score in the order of the document; the earlier of equals wins.
  ///
  /// - Parameters:
  ///   - count: How many.
  ///   - always: One that is among them whatever its score; nil for none.
  /// - Returns: The chunks.
  package func best(_ count: Int, always: Int? = nil) -> [Int] {
    let scores = scores
    let ranked = scores.indices.sorted {
      if ($0 == always) != ($1 == always) { return $0 == always }
      return scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1]
    }
    return ranked.prefix(count).sorted()
  }
}
