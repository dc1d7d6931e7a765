package import GGUF

/// The bytes that a model's tensors take in its file, which compact weights take in memory too. All numbers are bytes.
package struct TensorBytes: Sendable, Hashable {
  /// The table of embeddings.
  package let embeddings: Int
  /// The tensors of all blocks.
  package let blocks: Int
  /// The head; 0 for a model whose head is its table of embeddings.
  package let head: Int
  /// What memory takes more than the file for pieces that have pages of their own.
  package let padding: Int

  /// All of them.
  package var total: Int { ClampedSize.sum([embeddings, blocks, head]) }

  /// Sizes from their parts.
  package init(embeddings: Int, blocks: Int, head: Int, padding: Int = 0) {
    self.embeddings = embeddings
    self.blocks = blocks
    self.head = head
    self.padding = padding
  }

  /// The sizes of a file's tensors.
  package init(_ file: GGUFFile) {
    let kept = file.tensors.filter {
      $0.name.hasPrefix("blk.") || $0.name == WeightLoader.embeddingsName || $0.name == WeightLoader.headName
    }
    let blocks = kept.filter { $0.name.hasPrefix("blk.") }.map(\.byteCount)
    self.init(
      embeddings: file.tensor(named: WeightLoader.embeddingsName)?.byteCount ?? 0,
      blocks: ClampedSize.sum(blocks),
      head: file.tensor(named: WeightLoader.headName)?.byteCount ?? 0,
      padding: ClampedSize.sum(kept.map { WeightMemory.padding($0.byteCount) })
    )
  }
}
