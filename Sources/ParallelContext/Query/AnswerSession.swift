internal import KVFormat
internal import Transformer

/// A tail to which the tokens of a question and its answer are appended.
protocol AnswerSession: AnyObject {
  /// The number of further tokens that fit.
  var remaining: Int { get }

  /// Runs tokens through the model behind everything appended before.
  func append(_ tokens: [Int32]) throws

  /// Reads the logits after the last token.
  func readLogits(into out: inout [Float]) throws
}

extension QuerySession: AnswerSession {
  func readLogits(into out: inout [Float]) throws { try logits(row: nil, into: &out) }
}

/// A tail behind a text that is read in one causal pass.
final class CausalTail: AnswerSession {
  private let session: CausalSession
  private let capacity: Int

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
    session = try CausalSession(
      model: model,
      capacity: capacity,
      kvType: model.compute == .f32 ? .f32 : .bf16,
      threads: threads
    )
    if !text.isEmpty { try session.append(text) }
  }

  var remaining: Int { capacity - session.length }

  func append(_ tokens: [Int32]) throws {
    try session.append(tokens)
  }

  func readLogits(into out: inout [Float]) throws {
    var failure: ModelError?
    out.withUnsafeMutableBufferPointer { buffer in
      do throws(ModelError) { try session.logits(into: buffer) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
