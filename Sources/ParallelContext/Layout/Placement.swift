/// The positions at which chunks appear to stand when a query attends to them.
///
/// RoPE makes a logit depend on the distance of query and key alone. So chunks are stored once, and a
/// placement rotates the query instead, once for each distinct shift.
package enum Placement: Sendable, Hashable, CustomStringConvertible {
  /// All chunks right behind the sink, the layout of arXiv 2412.16545.
  case shared
  /// Every chunk where it stands in the document.
  case contiguous
  /// Chunks that begin within `near` tokens of the tail at their true distance, all others at distance `far`,
  /// or right before the tail when they are longer than that.
  case capped(near: Int, far: Int)
  /// ``contiguous`` while everything fits the model's trained length, else ``capped(near:far:)``.
  case automatic

  /// The word on the command line.
  package var description: String {
    switch self {
    case .shared: "shared"
    case .contiguous: "contiguous"
    case .capped(let near, let far): "capped:\(near),\(far)"
    case .automatic: "auto"
    }
  }

  /// The positions of chunks and tail under a placement.
  package struct Positions: Sendable, Hashable {
    /// The position at which each chunk's first token appears to stand.
    package let chunks: [Int]
    /// True for each chunk that a cap has moved nearer to the tail than it is in the document. Under
    /// ``shared`` none has been.
    package let isFar: [Bool]
    /// The position of the tail's first token.
    package let tail: Int

    /// The position at which all chunks begin when the longest of them ends `gap` tokens before the tail, but
    /// no farther than the farthest chunk stands anyway.
    package func second(gap: Int, longest: Int) -> Int { max(chunks.min() ?? 0, tail - gap - longest) }
  }

  /// Resolves ``automatic`` to contiguous or capped, and limits the distances of the latter to the model's
  /// context.
  ///
  /// Capped keeps the last 4,096 tokens at their true distance. All other chunks begin at one place, from
  /// which the longest ends `gap` tokens before the tail.
  ///
  /// - Parameters:
  ///   - tokens: Tokens of the document.
  ///   - sink: Tokens of the sink.
  ///   - tail: Tokens of question and answer together.
  ///   - longest: Tokens of the longest chunk.
  ///   - gap: Tokens between a far chunk and the tail.
  ///   - contextLength: The length for which the model was trained.
  /// - Returns: A placement that is not ``automatic``.
  package func resolved(
    tokens: Int,
    sink: Int,
    tail: Int,
    longest: Int,
    gap: Int,
    contextLength: Int
  ) -> Placement {
    guard self == .automatic else { return self }
    if sink + tokens + tail <= contextLength { return .contiguous }
    let room = max(1, contextLength - sink - tail)
    return .capped(near: min(4096, room), far: max(1, min(longest + gap, room)))
  }

  /// The positions of chunks of the given lengths behind a sink.
  ///
  /// - Parameters:
  ///   - sink: Tokens of the sink.
  ///   - lengths: Tokens of each chunk.
  /// - Returns: The positions.
  package func positions(sink: Int, lengths: [Int]) -> Positions {
    let total = lengths.reduce(0, +)
    switch self {
    case .shared:
      return Positions(
        chunks: lengths.map { _ in sink },
        isFar: lengths.map { _ in false },
        tail: sink + (lengths.max() ?? 0)
      )
    case .contiguous, .automatic:
      return capped(sink: sink, lengths: lengths, near: total, far: total)
    case .capped(let near, let far):
      return capped(sink: sink, lengths: lengths, near: near, far: far)
    }
  }

  private func capped(sink: Int, lengths: [Int], near: Int, far: Int) -> Positions {
    let tail = sink + max(near, far, lengths.max() ?? 0)
    var distance = lengths.reduce(0, +)
    var starts: [Int] = []
    var isFar: [Bool] = []
    for length in lengths {
      isFar.append(distance > near)
      // A chunk that reached beyond the tail would be read from the wrong side.
      starts.append(tail - (distance > near ? max(far, length) : distance))
      distance -= length
    }
    return Positions(chunks: starts, isFar: isFar, tail: tail)
  }
}
