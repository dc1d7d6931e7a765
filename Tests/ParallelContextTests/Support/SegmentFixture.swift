internal import KVFormat
internal import Memory
internal import ParallelContext
internal import Transformer

/// Random queries over random segments of one key and value head, filled through the production kernels, with
/// the dense answer beside it.
struct SegmentFixture {
  /// A small deterministic generator, so that a failure repeats.
  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  static let dimension = 64
  var group: Int
  var tokens: Int
  /// `[token][head of the group]` rows of queries.
  var queries: [[Float]]
  /// Per segment, its keys and values.
  var keys: [[[Float]]]
  var values: [[[Float]]]
  /// True when the last segment is causal: token t sees its first t + 1 keys.
  var causalTail: Bool

  static func random(seed: UInt64, lengths: [Int], tokens: Int, group: Int) -> SegmentFixture {
    var generator = Generator(state: seed)
    func vector(_ scale: Float) -> [Float] {
      (0..<dimension).map { _ in Float.random(in: -scale...scale, using: &generator) }
    }
    return SegmentFixture(
      group: group,
      tokens: tokens,
      queries: (0..<tokens * group).map { _ in vector(2) },
      keys: lengths.map { (0..<$0).map { _ in vector(2) } },
      values: lengths.map { (0..<$0).map { _ in vector(1) } },
      causalTail: true
    )
  }

  private static var configuration: ModelConfiguration {
    ModelConfiguration(
      architecture: "llama",
      name: "fixture",
      layers: 1,
      embedding: 64,
      feedForward: 64,
      heads: 1,
      kvHeads: 1,
      headDimension: dimension,
      vocabulary: 1,
      contextLength: 1 << 20,
      normEpsilon: 1e-5,
      rope: RotaryConfiguration(base: 10000, dimension: dimension, pairing: .halves)
    )
  }

  private func visible(_ segment: Int, _ row: Int) -> Int {
    causalTail && segment == keys.count - 1 ? row / group + 1 : keys[segment].count
  }

  /// The partials, by the f32 kernel.
  func store() throws -> PartialStore {
    var configuration = Self.configuration
    configuration.heads = group
    let rows = tokens * group
    let store = try PartialStore(slots: keys.count, kvHeads: 1, rows: rows, headDimension: Self.dimension)
    let state = try AttentionState(configuration, tokens: tokens)
    let q = state.queries.assumingMemoryBound(to: Float.self)
    let scale = 1 / Float(Self.dimension).squareRoot()
    for (row, query) in queries.enumerated() {
      for (i, x) in query.enumerated() { q[row * Self.dimension + i] = x * scale }
    }
    for segment in keys.indices {
      let shape = KVCacheShape(
        layers: 1,
        kvHeads: 1,
        headDimension: Self.dimension,
        tokens: keys[segment].count,
        type: .f32
      )
      let cache = try KVCache(shape: shape)
      let flat = cache.storage.elements(of: Float.self)
      for (i, x) in (keys[segment] + values[segment]).joined().enumerated() { flat[i] = x }
      let softmax = store.softmax(slot: segment, head: 0)
      softmax.reset(rows: rows, headDimension: Self.dimension)
      let tail = causalTail && segment == keys.count - 1
      state.attend(
        cache,
        layer: 0,
        head: 0,
        rows: rows,
        keys: keys[segment].count,
        visible: tail ? 1 : nil,
        kernel: .f32,
        into: softmax
      )
    }
    return store
  }

  /// The logits of one row in one segment, in double precision.
  func logits(_ segment: Int, _ row: Int, temperature: Double = 1) -> [Double] {
    keys[segment].prefix(visible(segment, row)).map { key in
      zip(queries[row], key).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } / (8 * temperature)
    }
  }

  /// Attention over the segments in `attended` as one dense softmax: output and entropy.
  func dense(_ row: Int, attended: [Bool]) -> (output: [Double], entropy: Double) {
    var weights: [(Double, [Float])] = []
    for segment in keys.indices where attended[segment] {
      for (j, s) in logits(segment, row).enumerated() { weights.append((s, values[segment][j])) }
    }
    let high = weights.map(\.0).max() ?? 0
    let total = weights.reduce(0) { $0 + exponential($1.0 - high) }
    var output = [Double](repeating: 0, count: Self.dimension)
    var entropy = 0.0
    for (s, value) in weights {
      let p = exponential(s - high) / total
      if p > 0 { entropy -= p * logarithm(p) }
      for i in output.indices { output[i] += p * Double(value[i]) }
    }
    return (output, entropy)
  }
}
