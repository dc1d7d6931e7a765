/// The encoding half of a method: the text that chunks see while they are encoded.
package struct ChunkEncoding: Sendable, Hashable, CustomStringConvertible {
  /// True when a shared sink stands before every chunk.
  package var hasSink: Bool
  /// The text that a chunk sees besides the sink and itself.
  package var sight: Sight

  /// The text that a chunk sees besides the sink and itself.
  package enum Sight: Sendable, Hashable {
    /// Nothing else.
    case alone
    /// The tokens of the document right before it, whose keys and values are not kept.
    case left(Int)
    /// The first tokens of the document at their own positions, whose keys and values are not kept; chunks
    /// stand at their places in the document. Nil takes as many tokens as a chunk has. See ``Method/star``.
    case anchor(Int?)
    /// Nothing else while the chunk is encoded. When all chunks are there, so many first tokens of each but
    /// the first are computed again against everything before them. See ``Method/legoLink``.
    case linked(Int)
  }

  package init(hasSink: Bool = true, sight: Sight = .alone) {
    self.hasSink = hasSink
    self.sight = sight
  }

  /// Behind the sink and nothing else.
  package static let plain = ChunkEncoding()

  /// The encoding by which a plan's chunks are computed; never a linked one, for chunks are linked after
  /// that.
  package init(_ plan: ContextPlan) {
    hasSink = !plan.sinkTokens.isEmpty
    sight =
      switch plan.lead {
      case .nothing: .alone
      case .left(let count): .left(count)
      case .anchor(let count): .anchor(count)
      }
  }

  /// The tokens that are encoded before a chunk and not kept.
  package var lead: Lead {
    switch sight {
    case .alone, .linked: .nothing
    case .left(let count): .left(count)
    case .anchor(let count): .anchor(count)
    }
  }

  /// The number of first tokens of each chunk that are computed again when all chunks are there; 0 without
  /// linking.
  package var linkedTokens: Int {
    if case .linked(let count) = sight { return count }
    return 0
  }

  /// The parts of a method's text; empty for ``plain``.
  var parts: [String] {
    let sink = hasSink ? [] : ["sink=none"]
    switch sight {
    case .alone: return sink
    case .left(let count): return sink + ["left=\(count)"]
    case .anchor(let count): return sink + ["anchor=\(count.map(String.init) ?? "chunk")"]
    case .linked(let count): return sink + ["link=\(count)"]
    }
  }

  /// The encoding in the words of a sentence: "chunks encoded ...".
  package var description: String {
    let sink = hasSink ? "behind a sink" : "without a sink"
    switch sight {
    case .alone, .linked: return hasSink ? sink + " alone" : sink
    case .left(let count): return sink + " and after the \(count) tokens before each"
    case .anchor(let count):
      let anchor =
        count.map { "the document's first \($0) tokens" }
        ?? "as many of the document's first tokens as a chunk has"
      return sink + " and after \(anchor), at their places in the document"
    }
  }

  /// The options of `braid encode` and `braid run` that request it.
  package var options: [String] {
    let sink = hasSink ? [] : ["--sink", "none"]
    switch sight {
    case .alone, .linked: return sink
    case .left(let count): return sink + ["--left", String(count)]
    case .anchor(let count): return sink + ["--anchor", count.map(String.init) ?? "chunk"]
    }
  }
}
