internal import ParallelContext

/// The places of chunks and tail by a placement's definition.
struct DenseLayout {
  /// The position of each chunk's first token.
  var starts: [Int]
  /// Chunks nearer to the tail than the document has them.
  var isFar: [Bool]
  /// The position at which all chunks begin when they are offered once more, damped; nil for once.
  var second: Int?
  /// The position of the tail's first token.
  var tail: Int
  /// The tokens to attend of chunks that are not attended whole.
  var ranges: [Int: Range<Int>] = [:]

  /// The places at which a policy offers chunks.
  init(_ fixture: DenseFixture, _ policy: Reading) {
    let (sink, lengths) = (fixture.sizes.sink, fixture.chunks.map(\.tokens))
    let longest = lengths.max() ?? 0
    let before = lengths.indices.map { lengths[..<$0].reduce(0, +) }
    let total = lengths.reduce(0, +)
    switch policy.placement {
    case .shared:
      starts = lengths.map { _ in sink }
      tail = sink + longest
      isFar = lengths.map { _ in false }
    case .contiguous, .automatic:
      starts = before.map { sink + $0 }
      tail = sink + total
      isFar = lengths.map { _ in false }
    case .capped(let near, let far):
      let end = sink + max(near, far, longest)
      tail = end
      isFar = before.map { total - $0 > near }
      starts = lengths.indices.map { i in
        total - before[i] > near ? end - max(far, lengths[i]) : end - (total - before[i])
      }
    }
    if let view = policy.view, lengths.count > 1 {
      second = max(starts.min() ?? 0, tail - view - longest)
    }
  }

  /// The places at which chunks compete for a question: the second one alone, where there is one.
  var level: DenseLayout {
    guard let second else { return self }
    var level = self
    level.starts = starts.map { _ in second }
    level.isFar = isFar.map { _ in false }
    level.second = nil
    return level
  }

  /// The places of chunks that a question points at: what is attended of them right behind the sink, and the tail right
  /// behind the longest of them.
  func pointing(at chunks: [Int], _ ranges: [Int: Range<Int>], _ fixture: DenseFixture) -> DenseLayout {
    var near = self
    near.ranges = ranges
    near.starts = starts.indices.map { fixture.sizes.sink - (ranges[$0]?.lowerBound ?? 0) }
    near.isFar = isFar.map { _ in false }
    near.second = nil
    near.tail =
      fixture.sizes.sink + (chunks.map { ranges[$0]?.count ?? fixture.chunks[$0].tokens }.max() ?? 0)
    return near
  }
}
