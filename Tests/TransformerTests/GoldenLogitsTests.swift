internal import Foundation
internal import KVFormat
internal import Testing
internal import Transformer

/// The plain forward pass against Hugging Face transformers on the same dequantised weights.
@Suite(.serialized) struct GoldenLogitsTests {
  private func run(
    _ model: Model,
    _ golden: GoldenLogits,
    kvType: KVType,
    each: (Int, [Float]) -> Void
  ) throws {
    let session = try CausalSession(model: model, capacity: golden.tokens.count, kvType: kvType)
    try session.append(golden.tokens)
    var logits = [Float](repeating: 0, count: model.configuration.vocabulary)
    for row in golden.tokens.indices {
      try logits.withUnsafeMutableBufferPointer { try session.logits(row: row, into: $0) }
      each(row, logits)
    }
  }

  private func logSumExp(_ x: [Float]) -> Float {
    let high = x.max() ?? 0
    return high + Float(x.reduce(0.0) { $0 + Double(($1 - high)).exponential }.logarithm)
  }

  @Test func f32LogitsAgree() throws {
    let golden = try GoldenLogits.load()
    let model = try TestModel.load(.f32)
    var worst: Float = 0
    var nll: Float = 0
    try run(model, golden, kvType: .f32) { row, logits in
      let position = golden.positions[row]
      for (id, value) in zip(golden.sample_ids, position.sample) {
        worst = max(worst, abs(logits[id] - value))
      }
      for (id, value) in zip(position.top_ids, position.top_logits) {
        worst = max(worst, abs(logits[id] - value))
      }
      let total = logSumExp(logits)
      worst = max(worst, abs(total - position.log_sum_exp))
      if row + 1 < golden.tokens.count {
        let loss = total - logits[Int(golden.tokens[row + 1])]
        #expect(abs(loss - golden.next_token_nll[row]) < 4e-3)
        nll += loss / Float(golden.tokens.count - 1)
      }
    }
    print("largest difference of a logit in f32: \(worst)")
    #expect(worst < 2e-3)
    #expect(abs(nll - golden.mean_nll) < 1e-3)
  }

  @Test(.enabled(if: Precision.native == .bf16, "this processor has no bf16 products"))
  func bf16AgreesOnTheLikeliestToken() throws {
    let golden = try GoldenLogits.load()
    let model = try TestModel.load(.bf16)
    var same = 0
    var nll: Float = 0
    try run(model, golden, kvType: .bf16) { row, logits in
      let best = logits.indices.max { logits[$0] < logits[$1] }
      if best == golden.positions[row].top_ids[0] { same += 1 }
      if row + 1 < golden.tokens.count {
        nll += (logSumExp(logits) - logits[Int(golden.tokens[row + 1])]) / Float(golden.tokens.count - 1)
      }
    }
    let share = Double(same) / Double(golden.tokens.count)
    print("same likeliest token in bf16: \(share), mean NLL \(nll) against \(golden.mean_nll)")
    #expect(share >= 0.97)
    #expect(abs(nll - golden.mean_nll) < 0.02)
  }

  @Test func greedyContinuationIsTheReference() throws {
    let golden = try GoldenLogits.load()
    let model = try TestModel.load(.f32)
    let session = try CausalSession(
      model: model,
      capacity: golden.greedy.prompt.count + golden.greedy.continuation.count,
      kvType: .f32
    )
    try session.append(golden.greedy.prompt)
    var logits = [Float](repeating: 0, count: model.configuration.vocabulary)
    for expected in golden.greedy.continuation {
      try logits.withUnsafeMutableBufferPointer { try session.logits(into: $0) }
      let best = logits.indices.max { logits[$0] < logits[$1] }.map { Int32($0) }
      #expect(best == expected)
      try session.append([expected])
    }
  }
}

extension Double {
  fileprivate var exponential: Double { exp(self) }
  fileprivate var logarithm: Double { log(self) }
}
