internal import ParallelContext

/// Merging and choosing as the query stage does it, for the one key and value head of a fixture whose first
/// segment is the sink and whose last is the tail.
struct MergeHarness {
  var store: PartialStore
  var merge = SegmentMerge()
  /// Chunks that a cap has moved.
  var far: Set<Int> = []

  var chunks: Range<Int> { 1..<store.slots - 1 }

  private func parts(_ segments: some Sequence<Int>) -> [MergePart] {
    segments.map { MergePart(slot: $0, chunk: chunks.contains($0) ? $0 - 1 : nil, isFar: far.contains($0)) }
  }

  /// Output and entropy of a row over the attended segments.
  func merged(_ row: Int, _ attended: [Bool]? = nil) -> (output: [Float], entropy: Float) {
    let parts = parts((0..<store.slots).filter { attended?[$0] ?? true })
    var output = [Float](repeating: 0, count: store.headDimension)
    var weights = [Float](repeating: 0, count: parts.count)
    let entropy = output.withUnsafeMutableBufferPointer { output in
      weights.withUnsafeMutableBufferPointer { weights in
        parts.withUnsafeBufferPointer { parts in
          guard let out = output.baseAddress, let weights = weights.baseAddress else { return Float.nan }
          return merge.merge(store, head: 0, row: row, parts: parts, weights: weights, into: out)
        }
      }
    }
    return (output, entropy)
  }

  /// The log-mass of every segment.
  func masses(_ row: Int) -> [Float] {
    let parts = parts(0..<store.slots)
    var masses = [Float](repeating: 0, count: parts.count)
    masses.withUnsafeMutableBufferPointer { masses in
      parts.withUnsafeBufferPointer { parts in
        guard let masses = masses.baseAddress else { return }
        merge.masses(store, head: 0, row: row, parts: parts, into: masses)
      }
    }
    return masses
  }

  /// G[i] of arXiv 2412.16545 for every chunk.
  func scores(_ row: Int) -> [Float] {
    let parts = parts(chunks)
    var scores = [Float](repeating: 0, count: parts.count)
    let local = SegmentMerge.logAdd(
      store.logMass(slot: 0, head: 0, row: row),
      store.logMass(slot: store.slots - 1, head: 0, row: row)
    )
    var masses = scores
    scores.withUnsafeMutableBufferPointer { scores in
      masses.withUnsafeMutableBufferPointer { masses in
        parts.withUnsafeBufferPointer { parts in
          guard let scores = scores.baseAddress, let masses = masses.baseAddress else { return }
          merge.shares(
            store,
            head: 0,
            row: row,
            chunks: parts,
            local: local,
            ranking: .topFive,
            masses: masses,
            into: scores
          )
        }
      }
    }
    return scores.map { Float(exponential(Double($0))) }
  }

  /// Which segments are attended when the best `count` chunks by score are chosen.
  func attended(count: Int, scores: [Float]) -> [Bool] {
    var choice = ChunkChoice(kvHeads: 1, rows: 1, count: min(count, chunks.count))
    scores.withUnsafeBufferPointer { scores in
      guard let scores = scores.baseAddress else { return }
      choice.select(scores, chunks: chunks.count, head: 0, row: 0)
    }
    return (0..<store.slots).map { !chunks.contains($0) || choice.contains($0 - 1, head: 0, row: 0) }
  }
}
