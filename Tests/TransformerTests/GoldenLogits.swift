internal import Foundation
internal import GGUF
internal import KVFormat
internal import TestSupport
internal import Testing
internal import Transformer

/// The reference's logits, written by scripts/golden/logits.py.
struct GoldenLogits: Decodable {
  struct Position: Decodable {
    var top_ids: [Int]
    var top_logits: [Float]
    var log_sum_exp: Float
    var sample: [Float]
  }
  struct Greedy: Decodable {
    var prompt: [Int32]
    var continuation: [Int32]
  }

  var tokens: [Int32]
  var sample_ids: [Int]
  var positions: [Position]
  var next_token_nll: [Float]
  var mean_nll: Float
  var greedy: Greedy

  static func load() throws -> GoldenLogits {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/logits_f32.json")
    return try JSONDecoder().decode(GoldenLogits.self, from: Data(contentsOf: file))
  }
}

/// The real model that setup fetched.
enum TestModel {
  static func file() throws -> GGUFFile { try GGUFFile(path: TestFiles.model()) }

  static func load(_ compute: Precision) throws -> Model {
    try Model(file: file(), compute: compute, withHead: true, threads: 2)
  }
}
