package import KVFormat

/// The reading half of a method: the places, the choice and the weighting of chunks.
package struct Reading: Sendable, Hashable {
  /// The positions at which chunks appear to stand.
  package var placement: Placement
  /// The distance in tokens between the longest chunk's end and the tail where all chunks are offered a
  /// second time; nil to offer them once. Each row uses whichever copy has the larger log-mass, after damping
  /// the second. The near copy lets a head find a sharp match that distance would hide.
  package var view: Int?
  /// The layers that attend chunks.
  package var layers: Layers
  /// The heads that attend chunks.
  package var heads: Heads
  /// The chunks that are attended.
  package var selection: Selection
  /// The treatment of the chunks that are not attended.
  package var residue: Residue
  /// The divisor of the logits of chunks (APE, arXiv 2502.05431); 1 for none.
  package var temperature: Double
  /// The factor of the chunks' joint log-mass (APE); 1 for none.
  package var scale: Double
  /// The part of its own entropy that a far chunk loses of its log-mass; 0 for none.
  package var damping: Double

  package init(
    placement: Placement = .automatic,
    view: Int? = nil,
    layers: Layers = .all,
    heads: Heads = .all,
    selection: Selection = .perRow(.topFive, count: 2),
    residue: Residue = .dropped,
    temperature: Double = 1,
    scale: Double = 1,
    damping: Double = 0
  ) {
    self.placement = placement
    self.view = view
    self.layers = layers
    self.heads = heads
    self.selection = selection
    self.residue = residue
    self.temperature = temperature
    self.scale = scale
    self.damping = damping
  }

  /// The content of the chunks' summaries that the reading needs.
  package var summaries: SummaryContent {
    var rankings = selection.rankings
    if heads != .all { rankings.append(.moments) }
    let contents = rankings.map(\.summaries)
    return contents.contains(.all) ? .all : contents.contains(.sketch) ? .sketch : .none
  }
}

extension Reading {
  /// The reading of a document of the given length, without parts that depend on it.
  ///
  /// - Parameters:
  ///   - tokens: Tokens of the document.
  ///   - keys: What reading its keys costs.
  /// - Returns: The reading.
  package func settled(tokens: Int, _ keys: KeyReading) -> Reading {
    var reading = ranksPlainly ? self : scanningAll
    reading.selection = reading.selection.settled(tokens: tokens, keys)
    return reading
  }

  /// The reading with a scan of all chunks at every length.
  package var scanningAll: Reading {
    guard case .focus(var focus) = selection else { return self }
    focus.scan = .full
    var reading = self
    reading.selection = .focus(focus)
    return reading
  }

  /// True if a first pass ranks chunks by their shares of attention as they are, for all heads: neither damped, as
  /// where no second place makes all chunks equal, nor with the weights of APE.
  private var ranksPlainly: Bool {
    (view != nil || damping == 0) && temperature == 1 && scale == 1 && heads == .all
  }

  /// True if a token of an answer attends the same whatever tokens go through a layer together with it.
  package var rowsAreIndependent: Bool {
    // Groups are weighted for the tokens of a run, and a layer's choice is one for all of them.
    guard residue == .dropped else { return false }
    if case .perLayer = selection { return false }
    return true
  }
}
