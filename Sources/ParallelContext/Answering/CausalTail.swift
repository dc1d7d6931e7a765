internal import KVFormat
internal import Transformer

/// A tail behind a text that is read in one causal pass.
final class CausalTail: AnswerSession {
  private let text: [Int32]
  private let capacity: Int
  private let model: Model
  private let cache: KVCache
  private let tables: RotaryTables
  private let state: AttentionState
  private var question: [Int32] = []
  /// Tokens of text and question that the current slice holds.
  private var slice = 0
  private var length = 0
  let mostTogether: Int

  /// Reserves memory for a text, a question and an answer.
  ///
  /// - Parameters:
  ///   - text: The tokens before the question.
  ///   - model: The weights.
  ///   - capacity: The most tokens of text, question and answer together.
  /// - Throws: `ModelError` when memory cannot be allocated.
  init(behind text: [Int32], model: Model, capacity: Int) throws(ModelError) {
    let kvType: KVType = model.compute == .f32 ? .f32 : .bf16
    self.text = text
    self.capacity = capacity
    self.model = model
    cache = try KVCache(shape: KVCacheShape(model.configuration, tokens: capacity, type: kvType))
    tables = RotaryTables(model.configuration, first: 0, count: capacity)
    state = try AttentionState(model.configuration, tokens: DecoderPass.blockRows)
    let kernel = AttentionKernel(activations: model.compute.activations, cache: kvType)
    mostTogether =
      model.keepsRowsApart(for: .answering)
      ? kernel.tokensTogether(group: model.configuration.group, cache: kvType, most: DraftLength.mostRows) : 1
  }

  var remaining: Int { capacity - length }
  var currentStatistics: QueryStatistics? { nil }

  func beginQuestion(_ tokens: [Int32]) { question = text + tokens }

  func beginSlice(most: Int) -> QuestionSlice {
    slice = QuestionSlice.count(left: question.count - length, most: min(most, RoundRows.longestSlice))
    return QuestionSlice(tokens: question[length..<length + slice], attention: attention)
  }

  func endSlice() -> Bool {
    length += slice
    return length == question.count
  }

  func beginRun(_ tokens: Int) -> any AttentionOperator { attention }

  func endRun(_ tokens: Int) { length += tokens }

  func removeLast(_ count: Int) { length = max(0, length - count) }

  func quotable(_ document: [Int32]) -> [Int32] { text }

  /// The attention of the tokens that come next.
  private var attention: CausalAttention {
    CausalAttention(prefix: nil, cache: cache, start: length, tables: tables, state: state, model: model)
  }
}
