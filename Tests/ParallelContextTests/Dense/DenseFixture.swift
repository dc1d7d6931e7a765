internal import Foundation
internal import KVFormat
internal import Memory
internal import ParallelContext
internal import Testing
internal import Transformer

/// Random queries, keys and values of a small model over a sink, chunks and a tail, before any rotation.
final class DenseFixture {
  /// Sizes that a fixture is drawn for.
  struct Sizes: Sendable, CustomTestStringConvertible {
    var seed: UInt64
    var sink: Int
    /// Tokens of each chunk; all but the last have at least nine tenths of the longest, as a plan cuts.
    var chunks: [Int]
    /// Tokens of the question, then of the answer.
    var question: Int
    var answer: Int
    /// The most tokens that go through a layer together.
    var block: Int
    var threads: Int
    /// True when chunks are stored from positions of their own, not all right behind the sink.
    var ownBases: Bool
    var isInterleaved: Bool
    /// True when production keeps queries, keys and values in bf16.
    var isBF16 = false

    var testDescription: String { "seed \(seed)\(isBF16 ? ", bf16" : "")" }
    var type: KVType { isBF16 ? .bf16 : .f32 }
  }

  /// Keys and values of a run of tokens, `[layer and head][token][headDimension]`.
  struct Run {
    var keys: [[[Float]]]
    var values: [[[Float]]]
    var tokens: Int { keys[0].count }
  }

  let sizes: Sizes
  let configuration: ModelConfiguration
  let plan: ContextPlan
  let bases: [Int]
  let sink: Run
  let chunks: [Run]
  let tail: Run
  /// `[layer][token][queryWidth]`.
  let queries: [[[Float]]]
  private var rotated: [[Int]: [[Double]]] = [:]
  private var known: [[Int]: DenseSummary] = [:]

  init(_ sizes: Sizes) throws {
    var generator = SegmentFixture.Generator(state: sizes.seed)
    let c = ModelConfiguration(
      architecture: "llama",
      name: "fixture",
      layers: 2,
      embedding: 384,
      feedForward: 64,
      heads: 6,
      kvHeads: 2,
      headDimension: 64,
      vocabulary: 1,
      contextLength: 1 << 20,
      normEpsilon: 1e-5,
      rope: RotaryConfiguration(
        base: 10000,
        dimension: 64,
        pairing: sizes.isInterleaved ? .interleaved : .halves
      )
    )
    func vector(_ count: Int, _ scale: Float) -> [Float] {
      (0..<count).map { _ in Float.random(in: -scale...scale, using: &generator) }
    }
    /// Keys have a direction in common, as those of real text have.
    func run(_ tokens: Int) -> Run {
      var run = Run(keys: [], values: [])
      for _ in 0..<c.layers * c.kvHeads {
        let common = vector(64, 1)
        run.keys.append((0..<tokens).map { _ in zip(vector(64, 2), common).map { $0 + $1 } })
        run.values.append((0..<tokens).map { _ in vector(64, 1) })
      }
      return run
    }
    self.sizes = sizes
    configuration = c
    plan = try ContextPlan(
      boundaries: sizes.chunks.flatMap { [UInt8](repeating: 0, count: $0 - 1) + [2] },
      cutting: .size(sizes.chunks.max() ?? 0),
      sinkTokens: Array(repeating: 1, count: sizes.sink),
      contextLength: c.contextLength
    )
    sink = run(sizes.sink)
    chunks = plan.chunks.map { run($0.count) }
    bases = plan.chunks.map { _ in sizes.ownBases ? Int.random(in: 0...900, using: &generator) : sizes.sink }
    let count = sizes.question + sizes.answer
    tail = run(count)
    queries = (0..<c.layers).map { _ in (0..<count).map { _ in vector(c.queryWidth, 2.5) } }
  }

  /// A vector turned to a position, in double precision.
  func rotate(_ x: some RandomAccessCollection<Float>, to position: Int) -> [Double] {
    let x = x.map(Double.init)
    var out = x
    for pair in 0..<32 {
      let angle = Double(position) * pow(10000, -Double(pair) / 32)
      let (a, b) = sizes.isInterleaved ? (2 * pair, 2 * pair + 1) : (pair, pair + 32)
      out[a] = x[a] * cos(angle) - x[b] * sin(angle)
      out[b] = x[b] * cos(angle) + x[a] * sin(angle)
    }
    return out
  }

  /// A run's keys when its first token stands at `start`; `name` tells runs apart.
  func keys(of run: Run, name: Int, layer: Int, head: Int, at start: Int) -> [[Double]] {
    let id = [name, layer, head, start]
    if let known = rotated[id] { return known }
    let keys = run.keys[layer * 2 + head]
    let result = keys.indices.map { rotate(keys[$0], to: start + $0) }
    rotated[id] = result
    return result
  }

  /// The summary of a chunk's stored keys.
  func summary(_ chunk: Int, layer: Int, head: Int) -> DenseSummary {
    let id = [chunk, layer, head]
    if let summary = known[id] { return summary }
    let keys = keys(of: chunks[chunk], name: chunk, layer: layer, head: head, at: bases[chunk])
    let stored = keys.map { $0.map { Float(sizes.isBF16 ? DenseSummary.nearest($0) : $0) } }
    let summary = DenseSummary(stored, isInterleaved: sizes.isInterleaved)
    known[id] = summary
    return summary
  }

  // MARK: - Production

  /// A cache that holds a run, rotated to the positions from `base` on.
  func cache(_ run: Run, name: Int, base: Int) throws -> KVCache {
    let c = configuration
    let cache = try KVCache(shape: KVCacheShape(c, tokens: run.tokens, type: sizes.type))
    for layer in 0..<c.layers {
      for head in 0..<c.kvHeads {
        let keys = self.keys(of: run, name: name, layer: layer, head: head, at: base)
        write(keys.joined().map(Float.init), to: cache.keys(layer: layer, head: head))
        write(run.values[layer * 2 + head].joined(), to: cache.values(layer: layer, head: head))
      }
    }
    return cache
  }

  private func write(_ values: some Sequence<Float>, to memory: UnsafeMutableRawPointer) {
    for (i, x) in values.enumerated() {
      if sizes.isBF16 {
        let rounded = Float(DenseSummary.nearest(Double(x)))
        memory.storeBytes(of: UInt16(rounded.bitPattern >> 16), toByteOffset: 2 * i, as: UInt16.self)
      } else {
        memory.storeBytes(of: x, toByteOffset: 4 * i, as: Float.self)
      }
    }
  }

  /// The context that production reads.
  func context() throws -> MergedContext {
    try MergedContext(
      plan: plan,
      sink: sizes.sink == 0 ? nil : cache(sink, name: -1, base: 0),
      chunks: chunks.indices.map { try cache(chunks[$0], name: $0, base: bases[$0]) },
      bases: bases
    )
  }

  private func read(_ memory: UnsafeMutableRawPointer, _ index: Int) -> Float {
    if !sizes.isBF16 { return memory.load(fromByteOffset: 4 * index, as: Float.self) }
    return Float(bitPattern: UInt32(memory.load(fromByteOffset: 2 * index, as: UInt16.self)) << 16)
  }

  /// Queries, keys and values of a token of the tail, side by side.
  private func row(_ layer: Int, _ token: Int) -> [Float] {
    let heads = layer * 2..<layer * 2 + 2
    let keys: [Float] = heads.flatMap { tail.keys[$0][token] }
    let values: [Float] = heads.flatMap { tail.values[$0][token] }
    return queries[layer][token] + keys + values
  }

  /// Production's attention for the tail: the question in blocks, then the answer token by token.
  ///
  /// - Parameters:
  ///   - policy: The policy.
  ///   - comparesWithExact: True to compare choices with those of the exact rule.
  /// - Returns: `[layer][token][queryWidth]`, and the statistics.
  /// - Throws: The errors of production.
  func attend(
    _ policy: Reading,
    comparesWithExact: Bool = false
  ) throws -> (outputs: [[[Float]]], statistics: QueryStatistics) {
    let c = configuration
    var passes = PassPlan.Sequence(
      policy,
      positions: policy.placement.positions(sink: sizes.sink, lengths: chunks.map(\.tokens)),
      sink: sizes.sink,
      lengths: chunks.map(\.tokens)
    )
    let attention = try SegmentedAttention(
      configuration: c,
      activations: sizes.isBF16 ? .bf16 : .f32,
      context: context(),
      tail: KVCache(shape: KVCacheShape(c, tokens: tail.tokens, type: sizes.type)),
      reading: policy,
      plan: passes.plan,
      questionTokens: tail.tokens,
      blockRows: sizes.block,
      threads: sizes.threads,
      comparesWithExact: comparesWithExact
    )
    let row = [[Float]](repeating: [], count: tail.tokens)
    var outputs = [[[Float]]](repeating: row, count: c.layers)
    func pass(_ start: Int, _ count: Int) throws {
      attention.begin(start: start, tokens: count)
      for layer in 0..<c.layers {
        for first in stride(from: 0, to: count, by: sizes.block) {
          let rows = min(sizes.block, count - first)
          let qkv = (start + first..<start + first + rows).flatMap { self.row(layer, $0) }
          let out = try AlignedBuffer(byteCount: rows * c.queryWidth * 4)
          try qkv.withUnsafeBufferPointer { qkv in
            guard let qkv = qkv.baseAddress else { return }
            try attention.attend(
              AttentionBlock(layer: layer, firstRow: first, rows: rows, qkv: qkv, out: out.base)
            )
          }
          for index in 0..<rows {
            outputs[layer][start + first + index] = (0..<c.queryWidth).map {
              read(out.base, index * c.queryWidth + $0)
            }
          }
        }
      }
    }
    while !passes.plan.pass.isLast {
      try pass(0, sizes.question)
      passes.finish(attention.findings)
      try attention.begin(passes.plan)
    }
    try pass(0, sizes.question)
    for token in sizes.question..<tail.tokens { try pass(token, 1) }
    return (outputs, attention.statistics)
  }
}
