internal import KVFormat
internal import ParallelContext
package import Transformer

/// The memory that a command needs before it takes any document, computed from the model's sizes before a weight is
/// read. All numbers are bytes; documents come on top.
package struct MemoryNeed: Sendable, Hashable {
  /// The weights of this process.
  package let weights: ModelFootprint
  /// The lanes of this process: their scratch memory, and two chunks of the usual size for each.
  package let lanes: Int
  /// Threads, kernels, the tokenizer's tables, and the scratch memory of answers.
  package let rest: Int
  /// The processes that the command starts.
  package let elsewhere: Int

  /// What a process takes before it knows its model: the program's and the libraries' pages. This process has that
  /// when its need is computed, and it is not counted again.
  private static let start = 32 << 20
  /// What it takes later beside weights and lanes: threads, connections, compiled kernels.
  private static let program = 32 << 20
  /// What an answer takes beside its pass: logits, partial results of segments, the tables of rotations.
  private static let answering = 64 << 20
  /// The bytes of a tokenizer's tables for each token.
  private static let tokenBytes = 200

  /// Computes the need of a command.
  ///
  /// - Parameters:
  ///   - c: The model's sizes.
  ///   - plans: How its processes keep the weights.
  ///   - tensors: What the tensors take in its file.
  ///   - use: What the command does with it.
  ///   - threads: The most threads that load it.
  package init(
    _ c: ModelConfiguration,
    plans: WeightPlans,
    tensors: TensorBytes,
    use: ModelUse,
    threads: Int
  ) {
    let compute = plans.own.compute
    let form = plans.own.form(for: use)
    weights = ModelFootprint(
      c,
      compute: compute,
      form: form,
      tensors: tensors,
      withHead: use.answers,
      threads: threads
    )
    let panel = form.hasPacked ? 0 : CompactLayer.panelByteCount(c)
    lanes = ClampedSize.product(use.lanes, ClampedSize.sum([Self.lane(c, compute: compute), panel]))
    let pass = ClampedSize.sum([
      DecoderPass.byteCount(c, compute: compute, capacity: Self.longestPass(c)),
      ClampedSize.product(max(1, threads), panel),
    ])
    rest = ClampedSize.sum([
      Self.program, ClampedSize.product(Self.tokenBytes, c.vocabulary),
      use.answers ? ClampedSize.sum([Self.answering, pass]) : 0,
    ])
    if use.workers > 0 {
      let worker = MemoryNeed(
        c,
        plans: WeightPlans(plans.workers),
        tensors: tensors,
        use: use.ofWorker,
        threads: threads
      )
      elsewhere = ClampedSize.product(use.workers, ClampedSize.sum([Self.start, worker.own]))
    } else {
      elsewhere = 0
    }
  }

  /// The most that this process takes at a time, beside what it has. Loading is over when lanes begin.
  package var own: Int { ClampedSize.sum([weights.weights, rest, max(lanes, weights.loading)]) }

  /// The most that all processes take at a time, beside what this one has.
  package var total: Int { ClampedSize.sum([own, elsewhere]) }

  /// The need of a lane.
  private static func lane(_ c: ModelConfiguration, compute: Precision) -> Int {
    let tokens = min(CoordinatorConfiguration.usualChunkTokens, c.contextLength)
    let chunk = KVCacheShape(chunkOf: c, tokens: tokens, type: .bf16)
    let whole = KVCacheShape(c, tokens: tokens, type: .bf16)
    let summary = SummaryShape(chunk, pairing: c.rope.pairing, content: .sketch)
    let rows = DecoderPass.blockRows
    return ClampedSize.sum([
      DecoderPass.byteCount(c, compute: compute, capacity: longestPass(c)),
      // A chunk is computed while the one before is sent, and a layer may be coded.
      ClampedSize.product(2, ClampedSize.sum([chunk.byteCount, summary.byteCount])), whole.layerByteCount(0),
      // What a chunk does not keep is attended all the same.
      chunk.model == whole.model ? 0 : whole.byteCount,
      // Queries and attended values of a group of heads, and rotations.
      ClampedSize.product(2, rows, c.group, c.headDimension, 4),
      ClampedSize.product(c.ropes.count, 2, chunk.tokens, c.headDimension, 4),
    ])
  }

  private static func longestPass(_ c: ModelConfiguration) -> Int { min(2048, c.contextLength) }
}
