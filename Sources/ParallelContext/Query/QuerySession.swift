internal import KVFormat
package import Transformer

/// One tail behind a merged context: tokens are appended, logits are read.
///
/// Before the first tokens are appended, the question is run once for each pass but the last; see
/// ``QuestionPass``.
package final class QuerySession {
  private let model: Model
  private let threads: Int
  /// The most tokens that run together where rows depend on each other.
  private let blockRows: Int
  private let rowsAreIndependent: Bool
  /// The pass of tokens that the session runs itself, made when the first come.
  private var ownPass: DecoderPass?
  private let attention: SegmentedAttention
  private var passes: PassPlan.Sequence
  /// The most tokens of question and answer together.
  private let room: Int
  private let question: [Int32]
  /// The keys and values of question and answer.
  package let tail: KVCache
  /// The chunks that the question's inspecting pass attended; none without such a pass.
  package private(set) var inspected: [Int] = []
  private var length = 0
  private var lastRow = 0
  /// The tokens of the question that were run in the current pass over it, and those prepared.
  private var asked = (done: 0, slice: 0)
  /// The most tokens of an answer that run together as if one by one, bit for bit; 1 where rows depend on each other.
  package let mostTogether: Int

  /// Makes a session for a question and its answer.
  ///
  /// - Parameters:
  ///   - model: The weights, with their head if logits will be read.
  ///   - threads: The number of threads that share the work.
  ///   - question: The question's tokens.
  ///   - reading: The way that the context is read.
  ///   - extra: The most tokens that follow the question.
  ///   - context: The encoded document.
  ///   - comparesWithExact: True to count how many choices agree with those of the exact rule.
  /// - Throws: `ContextError` for a question that does not fit the model, `ModelError` when memory cannot be had.
  package convenience init(
    model: Model,
    threads: Int,
    question: [Int32],
    reading: Reading,
    extra: Int,
    context: MergedContext,
    comparesWithExact: Bool = false
  ) throws {
    let sink = context.plan.positionBase
    let most = try QueryEngine.check(question: question.count, context: context, model: model)
    let room = QueryEngine.room(
      question: question.count,
      extra: extra,
      document: context.plan.tokens,
      most: most
    )
    let placement = reading.placement.resolved(
      tokens: context.plan.tokens,
      sink: sink,
      tail: room,
      longest: context.plan.chunks.map(\.count).max() ?? 0,
      gap: reading.view ?? 0,
      contextLength: model.configuration.reach
    )
    let lengths = context.plan.chunks.map(\.count)
    let keys = KeyReading(model.configuration, keys: context.chunks.first?.shape.type ?? .bf16)
    let reading = reading.settled(tokens: context.plan.tokens, keys)
    try self.init(
      model: model,
      threads: threads,
      question: question,
      reading: reading,
      room: room,
      passes: PassPlan.Sequence(
        reading,
        positions: placement.positions(sink: sink, lengths: lengths),
        sink: sink,
        lengths: lengths
      ),
      context: context,
      comparesWithExact: comparesWithExact
    )
  }

  /// A tail whose tokens attend all chunks at their true positions, and whose keys are stored from a given
  /// position on.
  convenience init(
    model: Model,
    threads: Int,
    linking tokens: [Int32],
    storedFrom position: Int,
    behind context: MergedContext
  ) throws {
    let (sink, lengths) = (context.plan.positionBase, context.plan.chunks.map(\.count))
    let layout = Layout(
      Placement.contiguous.positions(sink: sink, lengths: lengths),
      second: nil,
      lengths: lengths
    )
    try self.init(
      model: model,
      threads: threads,
      question: tokens,
      reading: Reading(placement: .contiguous, selection: .all),
      room: tokens.count,
      passes: PassPlan.Sequence(attendingAll: layout.moved(toTail: position), sink: sink),
      context: context,
      comparesWithExact: false
    )
  }

  private init(
    model: Model,
    threads: Int,
    question: [Int32],
    reading: Reading,
    room: Int,
    passes: PassPlan.Sequence,
    context: MergedContext,
    comparesWithExact: Bool
  ) throws {
    let c = model.configuration
    let tail = try KVCache(
      shape: KVCacheShape(c, tokens: room, type: context.chunks.first?.shape.type ?? .bf16)
    )
    let capacity = max(question.count, DraftLength.mostRows)
    let blockRows = min(
      capacity,
      max(
        16,
        QueryEngine.partialBytes
          / SlotMap(context: context, reading: reading, configuration: c).byteCount(perToken: c)
      )
    )
    attention = try SegmentedAttention(
      configuration: c,
      activations: model.compute.activations,
      context: context,
      tail: tail,
      reading: reading,
      plan: passes.plan,
      questionTokens: question.count,
      blockRows: blockRows,
      threads: threads,
      comparesWithExact: comparesWithExact
    )
    mostTogether =
      reading.rowsAreIndependent && model.keepsRowsApart(for: .answering)
      ? min(DraftLength.mostRows, blockRows) : 1
    rowsAreIndependent = reading.rowsAreIndependent
    self.threads = threads
    self.blockRows = blockRows
    self.passes = passes
    self.tail = tail
    self.model = model
    self.room = room
    self.question = question
  }

  /// The statistics of attention so far.
  package var statistics: QueryStatistics { attention.statistics }

  /// Runs tokens through the model behind everything appended before.
  package func append(_ tokens: [Int32]) throws {
    try checkRoom(tokens.count)
    let pass = try ownPass(rows: tokens.count)
    while !passes.plan.pass.isLast {
      // The pass writes the question's keys and values to the start of the tail, where the next run replaces
      // them.
      attention.begin(start: 0, tokens: question.count)
      try pass.run(question, attention: attention, encodeOnly: false)
      try beginNextPass()
    }
    attention.begin(start: length, tokens: tokens.count)
    try pass.run(tokens, attention: attention, encodeOnly: false)
    length += tokens.count
    lastRow = tokens.count - 1
  }

  private func checkRoom(_ tokens: Int) throws(ContextError) {
    guard tokens <= remaining else {
      throw ContextError(.doesNotFit, "question and answer exceed the \(room) tokens reserved for them")
    }
  }

  /// Plans the pass over the question behind the one that is done.
  private func beginNextPass() throws(ModelError) {
    passes.finish(attention.findings)
    if case .inspecting(let chunks) = passes.plan.pass { inspected = chunks }
    try attention.begin(passes.plan)
  }

  private func ownPass(rows: Int) throws(ModelError) -> DecoderPass {
    let capacity = max(rows, question.count)
    if let ownPass, ownPass.capacity >= capacity { return ownPass }
    let pass = try DecoderPass(
      model: model,
      capacity: capacity,
      threads: threads,
      blockRows: blockRows,
      purpose: .answering
    )
    ownPass = pass
    return pass
  }

  /// The number of further tokens that fit.
  package var remaining: Int { room - length }

  /// The most rows whose logits can be read together.
  package var rowsAtOnce: Int { ownPass?.blockRows ?? blockRows }

  /// The logits after several rows of the last run.
  ///
  /// - Parameters:
  ///   - rows: The rows, at most ``rowsAtOnce`` of them.
  ///   - out: `[rows][vocabulary]` values.
  /// - Throws: `ModelError` when the model has no head or the rows are not there.
  package func logits(rows: Range<Int>, into out: UnsafeMutableBufferPointer<Float>) throws {
    try withPass { pass throws(ModelError) in try pass.logits(rows: rows, into: out) }
  }

  /// The logits after the last token, or after an earlier row of the last run.
  package func logits(row: Int? = nil, into out: inout [Float]) throws {
    let row = row ?? lastRow
    var failure: ModelError?
    out.withUnsafeMutableBufferPointer { buffer in
      do throws(ModelError) {
        try withPass { pass throws(ModelError) in try pass.logits(rows: row..<row + 1, into: buffer) }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  private func withPass(_ body: (DecoderPass) throws(ModelError) -> Void) throws(ModelError) {
    guard let ownPass else { throw ModelError(.badInput, "no tokens were appended, so there are no logits") }
    try body(ownPass)
  }
}

extension QuerySession: AnswerSession {
  /// The statistics of attention so far.
  package var currentStatistics: QueryStatistics? { statistics }

  /// Begins the question, which is the one that the session was made for.
  ///
  /// - Throws: ``ContextError`` for another one.
  package func beginQuestion(_ tokens: [Int32]) throws {
    guard tokens == question, length == 0 else {
      throw ContextError(.badInput, "the session was made for another question")
    }
    asked = (0, 0)
  }

  /// Prepares the next rows of the question in the current pass over it.
  ///
  /// - Parameter most: The rows wanted.
  /// - Returns: The rows, at least one.
  package func beginSlice(most: Int) -> QuestionSlice {
    let left = question.count - asked.done
    let rows = rowsAreIndependent ? min(blockRows, QuestionSlice.count(left: left, most: most)) : left
    asked.slice = rows
    attention.begin(start: asked.done, tokens: rows)
    return QuestionSlice(
      tokens: question[asked.done..<asked.done + rows],
      attention: attention,
      blockRows: rowsAreIndependent ? nil : blockRows
    )
  }

  /// Takes note that the rows prepared last were run, and plans the next pass when they were the last of one.
  ///
  /// - Returns: True if the question is done.
  /// - Throws: `ModelError` when memory cannot be allocated.
  package func endSlice() throws -> Bool {
    asked = (asked.done + asked.slice, 0)
    guard asked.done == question.count else { return false }
    guard passes.plan.pass.isLast else {
      try beginNextPass()
      // The next pass replaces the keys and values that this one has written to the tail.
      asked.done = 0
      return false
    }
    length = question.count
    return true
  }

  /// Prepares tokens of the answer, at most ``mostTogether`` of them.
  ///
  /// - Returns: Their attention.
  /// - Throws: ``ContextError`` when there is no room for them.
  package func beginRun(_ tokens: Int) throws -> any AttentionOperator {
    try checkRoom(tokens)
    attention.begin(start: length, tokens: tokens, isApart: true)
    return attention
  }

  /// Takes note that tokens of the answer were run.
  package func endRun(_ tokens: Int) { length += tokens }

  /// Takes back the last tokens, whose keys and values the next ones overwrite. The statistics go on counting them.
  package func removeLast(_ count: Int) { length = max(0, length - count) }

  /// The tokens of the chunks and passages that the answer attends; all while these may be any.
  package func quotable(_ document: [Int32]) -> [Int32] {
    let chunks: [Int]
    switch passes.plan.pass {
    case .answering(.held(let held)): chunks = held
    case .answering(.focused(let focused, _)): chunks = focused
    default: return document
    }
    return chunks.sorted()
      .flatMap { chunk in
        let whole = attention.chunkRange(chunk)
        let part =
          passes.plan.passages[chunk]
          .map { whole.lowerBound + $0.lowerBound..<whole.lowerBound + $0.upperBound } ?? whole
        return document[part.clamped(to: 0..<document.count)]
      }
  }
}
