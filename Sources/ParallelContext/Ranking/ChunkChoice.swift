/// The chunks that each row attends: the best `count` by score.
package struct ChunkChoice {
  /// The number of rows of a key and value head.
  package let rows: Int
  /// The number of key and value heads.
  package let kvHeads: Int
  /// The most chunks of a row.
  package let count: Int
  private var chosen: [Int32]

  /// Reserves the choices of `rows` rows of each of `kvHeads` key and value heads.
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

  /// True when a row has chosen a chunk.
  package func contains(_ chunk: Int, head: Int, row: Int) -> Bool {
    let start = (head * rows + row) * count
    for rank in 0..<count where chosen[start + rank] == Int32(chunk) { return true }
    return false
  }

  /// Makes a row attend no chunk.
  package mutating func clear(head: Int, row: Int) {
    let start = (head * rows + row) * count
    for rank in 0..<count { chosen[start + rank] = -1 }
  }

  /// Makes a row attend the given chunks, at most `count` of them, in the order of the document.
  package mutating func set(_ chunks: [Int], head: Int, row: Int) {
    let start = (head * rows + row) * count
    for rank in 0..<count { chosen[start + rank] = rank < chunks.count ? Int32(chunks[rank]) : -1 }
  }

  /// Makes a row attend the chunks of the largest scores, of equals the earlier.
  ///
  /// - Parameters:
  ///   - scores: A score per chunk.
  ///   - chunks: The number of chunks.
  ///   - most: The number to attend; nil for ``count``.
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
