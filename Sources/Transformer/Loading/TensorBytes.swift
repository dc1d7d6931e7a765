package import GGUF

/// The bytes that a model's tensors take in its file, which compact weights take in memory too. All numbers are bytes.
package struct TensorBytes: Sendable, Hashable {
  /// The table of embeddings.
  package let embeddings: Int
  /// The tensors of all blocks.
  package let blocks: Int
  /// The head; 0 for a model whose head is its table of embeddings.
  package let head: Int

  /// All of them.
  package var total: Int { ClampedSize.sum([embeddings, blocks, head]) }

  /// Sizes from their parts.
  package init(embeddings: Int, blocks: Int, head: Int) {
    self.embeddings = embeddings
    self.blocks = blocks
    self.head = head
  }

  /// The sizes of a file's tensors, as they are rounded up in memory.
  package init(_ file: GGUFFile) {
    func held(_ name: String) -> Int {
      file.tensor(named: name).map { WeightMemory.held($0.byteCount) } ?? 0
    }
    embeddings = held(WeightLoader.embeddingsName)
    head = held(WeightLoader.headName)
    blocks = ClampedSize.sum(
      file.tensors.filter { $0.name.hasPrefix("blk.") }.map { WeightMemory.held($0.byteCount) }
    )
  }
}
