internal import Foundation
internal import GGUF
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
  struct Missing: Error, CustomStringConvertible {
    var path: String
    var description: String { "no model at \(path); run scripts/setup or set BRAID_TEST_MODEL" }
  }

  static func file() throws -> GGUFFile {
    let environment = ProcessInfo.processInfo.environment
    let data = environment["BRAID_DATA"] ?? (environment["HOME"] ?? "") + "/.local/share/braid"
    let path = environment["BRAID_TEST_MODEL"] ?? data + "/models/SmolLM2-135M-Instruct.Q4_1.gguf"
    guard FileManager.default.fileExists(atPath: path) else { throw Missing(path: path) }
    return try GGUFFile(path: path)
  }

  static func load(_ compute: ComputeType) throws -> Model {
    try Model(file: file(), compute: compute, withHead: true, threads: 2)
  }
}
