internal import Synchronization
internal import Threads
internal import Transformer

/// The attention of rows of several tails that go through a layer together: each tail attends its own.
final class SharedAttention: AttentionOperator {
  /// Neighbouring rows of one tail.
  struct Share {
    /// The rows within the run.
    var rows: Range<Int>
    /// True for rows of a question, which are enough work to be shared by all threads.
    var isQuestion: Bool
    var attention: any AttentionOperator
  }

  /// The shares of the current run, in the order of its rows.
  var shares: [Share] = []
  private let model: Model
  private let threads: Int
  private let chunks: SharedChunks
  /// The answers with rows in the current block.
  private var answers: [(attention: any AttentionOperator, block: AttentionBlock)] = []
  /// Those whose chunks are chosen.
  private var steps: [(SegmentedAttention, SegmentedAttention.Step)?] = []

  init(model: Model, threads: Int) throws(ModelError) {
    self.model = model
    self.threads = threads
    chunks = try SharedChunks(model.configuration, threads: threads)
  }

  /// True to keep every row's bits as they are by itself.
  var keepsBits: Bool {
    get { chunks.keepsBits }
    set { chunks.keepsBits = newValue }
  }

  func attend(_ block: AttentionBlock) throws(ModelError) {
    let rows = block.firstRow..<block.firstRow + block.rows
    answers.removeAll(keepingCapacity: true)
    for share in shares where share.rows.overlaps(rows) {
      let part = part(share, of: block)
      if share.isQuestion {
        try share.attention.attend(part)
      } else {
        answers.append((share.attention, part))
      }
    }
    // The attention of one token is too little work to be shared by threads, so each takes answers of its own, unless
    // most threads would have none.
    guard answers.count > 1, 2 * answers.count >= threads else {
      for answer in answers { try answer.attention.attend(answer.block) }
      return
    }
    try attendAnswers()
  }

  /// Attends the rows of several answers. Chunks that more than one of them has chosen are read once for all.
  private func attendAnswers() throws(ModelError) {
    let failure = Mutex<ModelError?>(nil)
    func each(_ body: (Int) throws(ModelError) -> Void) throws(ModelError) {
      inParallel(threads: threads, count: answers.count) { _, index in
        do throws(ModelError) {
          try body(index)
        } catch {
          failure.withLock { $0 = error }
        }
      }
      if let failure = failure.withLock({ $0 }) { throw failure }
    }
    steps.removeAll(keepingCapacity: true)
    for _ in answers { steps.append(nil) }
    try steps.withUnsafeMutableBufferPointer { steps throws(ModelError) in
      // Every piece of work writes the step of its own answer.
      nonisolated(unsafe) let steps = steps
      try each { index throws(ModelError) in
        let (attention, block) = answers[index]
        if let attention = attention as? SegmentedAttention, attention.isStep(block) {
          steps[index] = try attention.begin(block).map { (attention, $0) }
        } else {
          try attention.attend(block)
        }
      }
    }
    chunks.attend(steps.lazy.compactMap { $0 })
    try each { index throws(ModelError) in
      if let (attention, step) = steps[index] { attention.finish(step) }
    }
  }

  /// The part of a block that is a share's.
  private func part(_ share: Share, of block: AttentionBlock) -> AttentionBlock {
    let c = model.configuration
    let rows = share.rows.clamped(to: block.firstRow..<block.firstRow + block.rows)
    let skipped = rows.lowerBound - block.firstRow
    return AttentionBlock(
      layer: block.layer,
      firstRow: rows.lowerBound - share.rows.lowerBound,
      rows: rows.count,
      qkv: block.qkv + skipped * c.qkvWidth,
      out: block.out.map { $0 + skipped * c.queryWidth * model.compute.activations.byteCount }
    )
  }
}
