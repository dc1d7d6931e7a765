package import Transformer

/// The pass that answers share: the next rows of several tails go through the model together, so that the weights are
/// read once for all of them.
package final class AnswerPass {
  private let model: Model
  private let threads: Int
  private let attention: SharedAttention
  private var pass: DecoderPass
  private var logitRows: [Float] = []

  /// Reserves the memory of a pass. More rows than asked for get more.
  ///
  /// - Parameters:
  ///   - model: The weights, with their head.
  ///   - threads: The number of threads that share the work.
  ///   - rows: The usual number of rows.
  /// - Throws: `ModelError` when memory cannot be allocated.
  package init(model: Model, threads: Int, rows: Int) throws(ModelError) {
    self.model = model
    self.threads = threads
    attention = try SharedAttention(model: model, threads: threads)
    pass = try Self.pass(model, rows: rows, blockRows: rows, threads: threads)
  }

  private static func pass(
    _ model: Model,
    rows: Int,
    blockRows: Int,
    threads: Int
  ) throws(ModelError) -> DecoderPass {
    try DecoderPass(model: model, capacity: rows, threads: threads, blockRows: blockRows, purpose: .answering)
  }

  /// Runs the next tokens of answers and of questions: one row a token, those of answers first, in the order given.
  ///
  /// - Parameters:
  ///   - answers: The tokens of each answer, and their attention.
  ///   - questions: A slice of each question. Those with a number of block rows of their own come last.
  /// - Throws: `ModelError` when computing fails.
  package func run(
    answers: [(tokens: [Int32], attention: any AttentionOperator)],
    questions: [QuestionSlice]
  ) throws(ModelError) {
    var tokens: [Int32] = []
    attention.shares.removeAll(keepingCapacity: true)
    // Nothing of a tail is kept alive by a run that is over.
    defer { attention.shares.removeAll(keepingCapacity: true) }
    func share(_ added: some Collection<Int32>, _ attention: any AttentionOperator, isQuestion: Bool) {
      let first = tokens.count
      tokens.append(contentsOf: added)
      self.attention.shares.append(
        SharedAttention.Share(rows: first..<tokens.count, isQuestion: isQuestion, attention: attention)
      )
    }
    for answer in answers { share(answer.tokens, answer.attention, isQuestion: false) }
    let answerRows = tokens.count
    for question in questions { share(question.tokens, question.attention, isQuestion: true) }
    let wholes = questions.compactMap { slice in
      slice.blockRows.map { (rows: slice.tokens.count, blockRows: $0) }
    }
    let wholeRows = wholes.reduce(0) { $0 + $1.rows }
    try reserve(rows: tokens.count, blockRows: wholes.map { min($0.rows, $0.blockRows) }.max() ?? 0)
    let blocks = RowBlocks(
      answers: answerRows,
      questions: tokens.count - answerRows - wholeRows,
      wholes: wholes,
      isPacked: model.form.hasPacked,
      most: pass.blockRows
    )
    attention.keepsBits = blocks.keepsBits
    try pass.run(tokens, blocks: blocks.sizes, attention: attention, encodeOnly: false)
  }

  private func reserve(rows: Int, blockRows: Int) throws(ModelError) {
    guard rows > pass.capacity || blockRows > pass.blockRows else { return }
    pass = try Self.pass(
      model,
      rows: max(rows, pass.capacity),
      blockRows: max(blockRows, pass.blockRows),
      threads: threads
    )
  }

  /// Reads the logits after neighbouring rows of the last run.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - body: Gets `[rows][vocabulary]` values.
  /// - Throws: `ModelError` when the model has no head.
  package func withLogits(rows: Range<Int>, _ body: (UnsafeBufferPointer<Float>) -> Void) throws(ModelError) {
    let needed = rows.count * model.configuration.vocabulary
    if logitRows.count < needed {
      logitRows.append(contentsOf: repeatElement(0, count: needed - logitRows.count))
    }
    var failure: ModelError?
    logitRows.withUnsafeMutableBufferPointer { buffer in
      do throws(ModelError) {
        try pass.logits(rows: rows, into: buffer)
        body(UnsafeBufferPointer(rebasing: buffer[..<needed]))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }
}
