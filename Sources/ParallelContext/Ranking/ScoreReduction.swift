/// A chunk's score over many rows: the sum of the five largest of their scores (arXiv 2412.16545).
package struct ScoreReduction: Sendable {
  private let chunks: Int
  /// `[chunk][topCount]` in falling order.
  private var largest: [Float]

  /// Makes a reduction over so many chunks.
  package init(chunks: Int) {
    self.chunks = chunks
    largest = Array(repeating: 0, count: chunks * PartialStore.topCount)
  }

  /// Sets every score to 0.
  package mutating func reset() {
    for i in largest.indices { largest[i] = 0 }
  }

  /// Adds one row's scores, each a share of attention.
  package mutating func add(_ scores: UnsafePointer<Float>) {
    for chunk in 0..<chunks { add(scores[chunk], to: chunk) }
  }

  /// Adds all rows of another reduction.
  package mutating func add(_ other: ScoreReduction) {
    for chunk in 0..<chunks {
      for rank in 0..<PartialStore.topCount {
        add(other.largest[chunk * PartialStore.topCount + rank], to: chunk)
      }
    }
  }

  /// Adds all rows of a reduction over some of the chunks.
  package mutating func add(_ other: ScoreReduction, at chunks: [Int]) {
    for (place, chunk) in chunks.enumerated() {
      for rank in 0..<PartialStore.topCount {
        add(other.largest[place * PartialStore.topCount + rank], to: chunk)
      }
    }
  }

  private mutating func add(_ score: Float, to chunk: Int) { addTogether { $0(score, to: chunk) } }

  /// Adds scores of many chunks and rows.
  ///
  /// - Parameter body: Adds them. Different chunks may be added to at the same time.
  mutating func addTogether(_ body: (Adder) -> Void) {
    largest.withUnsafeMutableBufferPointer { body(Adder(largest: $0)) }
  }

  /// Access to a reduction while scores are added.
  struct Adder {
    fileprivate let largest: UnsafeMutableBufferPointer<Float>

    /// The least of a chunk's five largest scores.
    func least(of chunk: Int) -> Float { largest[(chunk + 1) * PartialStore.topCount - 1] }

    /// Adds a row's score of a chunk.
    func callAsFunction(_ score: Float, to chunk: Int) {
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
  }

  /// The sum of those scores that are among the largest of a reduction over more rows, which has them too.
  package func part(of all: ScoreReduction) -> Float {
    var sum: Float = 0
    for chunk in 0..<chunks {
      let range = chunk * PartialStore.topCount..<(chunk + 1) * PartialStore.topCount
      let least = all.largest[range.upperBound - 1]
      for score in largest[range] where score >= least { sum += score }
    }
    return sum
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
  ///   - count: The number of chunks.
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
