internal import Transformer

/// The distances by which segments are moved from where they were encoded to where a layout puts them. Shift 0 is the
/// tail's.
struct SegmentShifts {
  let context: MergedContext
  let layout: Layout

  /// The shift of the sink.
  var sink: Int { layout.sink }

  /// The shift of a chunk at one of its places.
  func chosen(_ chunk: Int, place: Int = 0) -> Int {
    layout.chunks[chunk].position(at: place) - context.bases[chunk]
  }

  /// The shift of a chunk where no row chooses it.
  func unchosen(_ chunk: Int) -> Int { layout.chunks[chunk].unchosen - context.bases[chunk] }

  /// The shift of a chunk, or of the sink for nil, that stands before the tail where it does in the document.
  func inDocument(_ chunk: Int?) -> Int {
    let before = chunk.map { context.plan.chunks[$0].lowerBound } ?? -context.plan.positionBase
    let base = chunk.map { context.bases[$0] } ?? 0
    return layout.tail - context.plan.tokens + before - base
  }

  /// The shift of a run of the document's last tokens in a local layer.
  func window(_ window: SlotMap.Window, in local: SlotMap.LocalLayer) -> Int {
    local.ownWindow == nil ? unchosen(window.chunk) : inDocument(window.chunk)
  }

  /// Prepares the rotations of every segment that rows may attend.
  ///
  /// - Parameters:
  ///   - rotations: The rotations of a run.
  ///   - slots: The slots of the query.
  ///   - layers: The number of layers.
  ///   - withUnchosen: True if chunks are also attended where no row chooses them.
  func prepare(_ rotations: ShiftedRotations, _ slots: SlotMap, layers: Int, withUnchosen: Bool) {
    // The tail's keys are stored with the rotations of its queries.
    rotations.prepare(0)
    rotations.prepare(sink)
    for (chunk, places) in layout.chunks.enumerated() {
      for place in 0..<places.places { rotations.prepare(chosen(chunk, place: place)) }
      if withUnchosen { rotations.prepare(unchosen(chunk)) }
    }
    for layer in 0..<layers {
      guard let local = slots.local(layer: layer) else { continue }
      if local.ownWindow != nil { rotations.prepare(inDocument(nil)) }
      for run in local.windows { rotations.prepare(window(run, in: local)) }
    }
  }
}
