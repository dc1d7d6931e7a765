internal import KVFormat
internal import Transformer

/// A tail to which the tokens of a question and its answer are appended.
protocol AnswerSession: AnyObject {
  /// The number of further tokens that fit.
  var remaining: Int { get }

  /// The most tokens that run together as if one by one, bit for bit; 1 where rows depend on each other.
  var mostTogether: Int { get }

  /// Runs the question's tokens through the model.
  func append(_ tokens: [Int32]) throws

  /// Runs tokens of the answer, at most ``mostTogether`` of them, as if they were appended one by one.
  func appendEach(_ tokens: [Int32]) throws

  /// Takes the last tokens back.
  func removeLast(_ count: Int)

  /// Reads the logits after the last `rows` tokens of the last run, `[rows][vocabulary]` values.
  func readLogits(lastRows rows: Int, into out: UnsafeMutableBufferPointer<Float>) throws
}

extension QuerySession: AnswerSession {}

/// A tail behind a text that is read in one causal pass.
final class CausalTail: AnswerSession {
  private let session: CausalSession
  private let capacity: Int
  /// Tokens of the last run.
  private var lastRows = 0

  /// Runs the text through the model.
  ///
  /// - Parameters:
  ///   - text: The tokens before the tail.
  ///   - model: The weights, with their head.
  ///   - capacity: The most tokens of text and tail together.
  ///   - threads: The number of threads.
  /// - Throws: `ModelError` when memory cannot be allocated.
  init(behind text: [Int32], model: Model, capacity: Int, threads: Int) throws(ModelError) {
    self.capacity = capacity
    let kvType: KVType = model.compute == .f32 ? .f32 : .bf16
    session = try CausalSession(model: model, capacity: capacity, kvType: kvType, threads: threads)
    let kernel = AttentionKernel(activations: model.compute.activations, cache: kvType)
    mostTogether =
      model.keepsRowsApart(for: .encoding)
      ? kernel.tokensTogether(group: model.configuration.group, cache: kvType, most: DraftLength.mostRows) : 1
    if !text.isEmpty { try append(text) }
  }

  var remaining: Int { capacity - session.length }

  let mostTogether: Int

  func append(_ tokens: [Int32]) throws(ModelError) {
    try session.append(tokens)
    lastRows = tokens.count
  }

  func appendEach(_ tokens: [Int32]) throws { try append(tokens) }

  func removeLast(_ count: Int) { session.removeLast(count) }

  func readLogits(lastRows rows: Int, into out: UnsafeMutableBufferPointer<Float>) throws {
    try session.logits(rows: lastRows - rows..<lastRows, into: out)
  }
}
