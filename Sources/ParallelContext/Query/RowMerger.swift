internal import Threads
internal import Transformer

/// Merges the partials of every row of a block, and gathers the statistics of attention.
final class RowMerger {
  private let configuration: ModelConfiguration
  /// The type of the merged rows.
  let activations: ElementType
  private let chunks: Int
  private let slots: SlotMap
  private let store: PartialStore
  private let merge: SegmentMerge
  /// True when rows without a chunk are those of local heads.
  private let hasLocalHeads: Bool
  /// `[layer][kvHead]`.
  private var tallies: [QueryStatistics.Layer]

  init(
    configuration: ModelConfiguration,
    activations: ElementType,
    chunks: Int,
    slots: SlotMap,
    store: PartialStore,
    merge: SegmentMerge,
    reading: Reading
  ) {
    self.configuration = configuration
    self.activations = activations
    self.chunks = chunks
    self.slots = slots
    self.store = store
    self.merge = merge
    hasLocalHeads = reading.heads != .all
    tallies = []
    reset()
  }

  /// Clears the statistics.
  func reset() {
    let none = QueryStatistics.Layer(chunks: chunks)
    tallies = Array(repeating: none, count: configuration.layers * configuration.kvHeads)
  }

  /// The statistics since the last reset.
  var statistics: QueryStatistics {
    var result = QueryStatistics(layers: configuration.layers, chunks: chunks)
    for (index, tally) in tallies.enumerated() { result.add(tally, layer: index / configuration.kvHeads) }
    return result
  }

  /// Adds a comparison of a head's choices in a layer with those of the exact rule.
  func addComparison(layer: Int, head: Int, wanted: Int, found: Int) {
    tallies[layer * configuration.kvHeads + head].addComparison(wanted: wanted, found: found)
  }

  /// Merges every row and writes it in the type of activations.
  ///
  /// - Parameters:
  ///   - query: The block.
  ///   - choice: The chunks that each row attends.
  ///   - layout: Their places.
  ///   - local: The part of the document that the layer sees instead, where it attends no chunks.
  ///   - workspaces: One per thread.
  ///   - out: Receives the rows of all heads.
  func merge(
    _ query: QueryBlock,
    _ choice: ChunkChoice,
    _ layout: Layout,
    local: SlotMap.LocalLayer?,
    workspaces: [QueryWorkspace],
    into out: UnsafeMutableRawPointer
  ) {
    let c = configuration
    let first = query.block.layer * c.kvHeads
    tallies.withUnsafeMutableBufferPointer { tallies in
      // Every piece of work writes the tally of its own head.
      nonisolated(unsafe) let tallies = tallies
      inParallel(threads: workspaces.count, count: c.kvHeads) { thread, head in
        let workspace = workspaces[thread]
        let state = workspace.attention
        for row in 0..<query.rows {
          listParts(choice, layout, head: head, row: row, local: local, in: &workspace.parts)
          let entropy = workspace.parts.withUnsafeBufferPointer { parts in
            merge.merge(
              store,
              head: head,
              row: row,
              parts: parts,
              weights: workspace.masses,
              into: state.output + row * c.headDimension
            )
          }
          tally(&tallies[first + head], workspace, entropy: entropy, isLocal: local != nil)
          // `finish` divides by the sum, and the merge has divided already.
          state.softmax.sum[row] = 1
        }
        state.finish(rows: query.rows, head: head, into: out, activations: activations, configuration: c)
      }
    }
  }

  /// Lists the segments in a row's softmax.
  private func listParts(
    _ choice: ChunkChoice,
    _ layout: Layout,
    head: Int,
    row: Int,
    local: SlotMap.LocalLayer?,
    in parts: inout [MergePart]
  ) {
    parts.removeAll(keepingCapacity: true)
    if let sink = slots.sink { parts.append(MergePart(slot: sink)) }
    parts.append(MergePart(slot: slots.tail))
    if let local {
      // A model's own window is attended as the model was trained, whatever the method does to chunks.
      let isContext = local.ownWindow == nil
      for window in local.windows { parts.append(MergePart(slot: window.slot, isContext: isContext)) }
      return
    }
    for rank in 0..<choice.count {
      guard let chunk = choice.chunk(head: head, row: row, rank: rank) else { continue }
      SlotMap.append(chunk, at: layout.chunks[chunk], to: &parts) { place in
        slots.slot(chunk: chunk, rank: rank, place: place)
      }
    }
    if let slot = slots.residue { parts.append(MergePart(slot: slot, isContext: true)) }
  }

  private func tally(
    _ tally: inout QueryStatistics.Layer,
    _ workspace: QueryWorkspace,
    entropy: Float,
    isLocal: Bool
  ) {
    var attendsChunk = false
    for (index, part) in workspace.parts.enumerated() {
      let weight = workspace.masses[index]
      if let chunk = part.chunk {
        attendsChunk = true
        tally.addMass(weight, to: .chunk(chunk), isFirst: !part.isAlternative)
      } else if part.slot == slots.tail {
        tally.addMass(weight, to: .tail)
      } else {
        tally.addMass(weight, to: part.slot == slots.sink ? .sink : .rest)
      }
    }
    tally.addRow(entropy: entropy, isLocal: !isLocal && !attendsChunk && hasLocalHeads)
  }
}
