/// The positions of sink, chunks and tail in one pass over a question.
package struct Layout: Sendable, Hashable {
  /// One chunk's places and the tokens of it that are attended.
  package struct Chunk: Sendable, Hashable {
    /// The position of its first token.
    package let position: Int
    /// True when that is nearer to the tail than in the document: such chunks are damped.
    package let isFar: Bool
    /// The position of its first token at a second place, which counts as far; nil when it is offered once.
    package let second: Int?
    /// The position of its first token where no row chooses it: for a local layer's window and for groups of
    /// neighbours.
    package let unchosen: Int
    /// The attended tokens, counted from the chunk's first.
    package let tokens: Range<Int>

    /// The number of its places, 1 or 2.
    package var places: Int { second == nil ? 1 : 2 }

    /// The position of its first token at place 0, or at its second place.
    package func position(at place: Int) -> Int { place == 0 ? position : second ?? position }
  }

  /// The chunks, in the order of the document.
  package let chunks: [Chunk]
  /// The position of the tail's first token.
  package let tail: Int
  /// The position of the sink's first token.
  package let sink: Int

  private init(chunks: [Chunk], tail: Int, sink: Int = 0) {
    self.chunks = chunks
    self.tail = tail
    self.sink = sink
  }

  /// Chunks at the positions of a placement and, if given, at a second one that all of them share.
  ///
  /// - Parameters:
  ///   - positions: The positions under a placement.
  ///   - second: The position at which all chunks begin a second time; nil to offer them once.
  ///   - lengths: Tokens of each chunk.
  package init(_ positions: Placement.Positions, second: Int?, lengths: [Int]) {
    let chunks = lengths.indices.map { chunk in
      let position = positions.chunks[chunk]
      return Chunk(
        position: position,
        isFar: positions.isFar[chunk],
        // The same place twice would be attended twice for nothing.
        second: second == position ? nil : second,
        unchosen: position,
        tokens: 0..<lengths[chunk]
      )
    }
    self.init(chunks: chunks, tail: positions.tail)
  }

  /// The same layout with the tail at another position and everything else moved with it: no distance
  /// changes.
  package func moved(toTail position: Int) -> Layout {
    let by = position - tail
    let moved = chunks.map { chunk in
      Chunk(
        position: chunk.position + by,
        isFar: chunk.isFar,
        second: chunk.second.map { $0 + by },
        unchosen: chunk.unchosen + by,
        tokens: chunk.tokens
      )
    }
    return Layout(chunks: moved, tail: position, sink: sink + by)
  }

  /// The layout in which chunks compete for a question: each at the second place alone if there is one, so
  /// that near and far ones have the same chance.
  ///
  /// - Parameter second: The position that all chunks share; nil for none.
  /// - Returns: The layout, each chunk at one place.
  package func level(at second: Int?) -> Layout {
    guard let second else { return self }
    let level = chunks.map { chunk in
      Chunk(position: second, isFar: false, second: nil, unchosen: chunk.unchosen, tokens: chunk.tokens)
    }
    return Layout(chunks: level, tail: tail)
  }

  /// The layout of chunks that a question points at: right behind the sink, and the tail right behind these,
  /// as if the document had nothing else. A fact is repeated best from as near as it was read.
  ///
  /// - Parameters:
  ///   - chosen: The chunks.
  ///   - passages: The tokens to attend of chunks that are not attended whole.
  ///   - sink: Tokens of the sink.
  /// - Returns: The layout, each chunk at one place.
  package func focused(on chosen: [Int], passages: [Int: Range<Int>], behind sink: Int) -> Layout {
    let near = chunks.indices.map { index in
      let tokens = passages[index] ?? chunks[index].tokens
      // The first attended token stands right behind the sink, so the chunk's own first one may stand before
      // it.
      let position = sink - tokens.lowerBound
      return Chunk(position: position, isFar: false, second: nil, unchosen: position, tokens: tokens)
    }
    return Layout(chunks: near, tail: sink + (chosen.map { near[$0].tokens.count }.max() ?? 0))
  }
}
