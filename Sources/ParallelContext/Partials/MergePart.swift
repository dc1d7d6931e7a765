/// One segment in a row's softmax.
package struct MergePart: Sendable, Hashable {
  /// The slot of its partial.
  package var slot: Int
  /// The chunk it stands for; nil for sink, tail, a local layer's window and the groups of other chunks.
  package var chunk: Int?
  /// True when it holds tokens of the document, be it as chunk, window or groups.
  package var isContext: Bool
  /// True when it stands nearer to the tail than in the document, moved by a cap or offered at a second
  /// place: such parts are damped.
  package var isFar: Bool

  /// True when it is the chunk of the part before it at another place: only the one with more mass counts.
  package var isAlternative: Bool

  /// Makes a part; one with a chunk holds tokens of the document.
  package init(
    slot: Int,
    chunk: Int? = nil,
    isFar: Bool = false,
    isContext: Bool = false,
    isAlternative: Bool = false
  ) {
    self.isAlternative = isAlternative
    self.slot = slot
    self.chunk = chunk
    self.isContext = isContext || chunk != nil
    self.isFar = isFar
  }
}
