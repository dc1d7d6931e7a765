internal import KVFormat
internal import Memory
internal import ParallelContext
internal import Testing
internal import Transformer

/// Summaries of keys against plain arithmetic.
@Suite struct ChunkSummaryTests {
  static let lengths = [1, 3, 15, 16, 17, 64, 301]

  private func keys(_ tokens: Int, seed: UInt64) -> [[Float]] {
    var generator = SegmentFixture.Generator(state: seed)
    // Channels of unlike size and middle, some of a single sign, one of zeros.
    func value(_ channel: Int) -> Float {
      if channel == 5 { return 0 }
      let spread = Float(channel % 7 + 1)
      let middle = Float(channel % 5) - 2
      return middle + spread * Float.random(in: -1...1, using: &generator)
    }
    return (0..<tokens).map { _ in (0..<64).map(value) }
  }

  /// A cache of one layer whose two heads hold the given keys.
  private func cache(_ heads: [[[Float]]], _ type: KVType) throws -> KVCache {
    let shape = KVCacheShape(layers: 1, kvHeads: 2, headDimension: 64, tokens: heads[0].count, type: type)
    let cache = try KVCache(shape: shape)
    for (head, keys) in heads.enumerated() {
      let to = cache.keys(layer: 0, head: head)
      for (i, x) in keys.joined().enumerated() {
        if type == .f32 {
          to.assumingMemoryBound(to: Float.self)[i] = x
        } else {
          to.assumingMemoryBound(to: UInt16.self)[i] = UInt16(x.bitPattern >> 16)
        }
      }
    }
    return cache
  }

  private func summary(of cache: KVCache) throws -> ChunkSummary {
    try ChunkSummary(of: cache, pairing: .halves, content: .all)
  }

  private func value(_ bits: UInt16) -> Double { Double(Float(bitPattern: UInt32(bits) << 16)) }

  @Test(arguments: lengths, [KVType.f32, .bf16])
  func momentsAndBoundsArePlainArithmetic(_ tokens: Int, _ type: KVType) throws {
    let heads = [UInt64(1), 2].map { seed in
      keys(tokens, seed: seed).map { key in
        key.map { type == .f32 ? $0 : Float(bitPattern: $0.bitPattern & 0xffff_0000) }
      }
    }
    let summary = try summary(of: cache(heads, type))
    let pages = (tokens + 15) / 16
    #expect(summary.shape.pages == pages)
    #expect(summary.shape.byteCount == 2 * (64 * 4 + 24 * 4 + tokens * 12 + 64 * 64 * 2 + pages * 128 * 2))
    for head in 0..<2 {
      let dense = DenseSummary(heads[head])
      let mean = summary.mean(layer: 0, head: head)
      for i in 0..<64 { #expect(abs(Double(mean[i]) - dense.mean[i]) < 1e-5) }
      let covariance = summary.covariance(layer: 0, head: head)
      for i in 0..<64 {
        for j in 0..<64 {
          let exact = dense.covariance[i][j]
          // bf16 keeps eight bits: half a unit in the last place is a 256th at most.
          #expect(abs(value(covariance[i * 64 + j]) - exact) <= abs(exact) / 256 + 1e-5)
        }
      }
      let bounds = summary.bounds(layer: 0, head: head)
      for page in 0..<pages {
        for i in 0..<64 {
          #expect(value(bounds[page * 128 + i]) == dense.pages[page].high[i])
          #expect(value(bounds[page * 128 + 64 + i]) == dense.pages[page].low[i])
        }
      }
    }
  }

  @Test(arguments: lengths) func boundsContainEveryKeyAndAreNotWide(_ tokens: Int) throws {
    let keys = keys(tokens, seed: 3)
    let summary = try summary(of: cache([keys, keys], .f32))
    let bounds = summary.bounds(layer: 0, head: 1)
    for (token, key) in keys.enumerated() {
      for (i, x) in key.enumerated() {
        let high = value(bounds[token / 16 * 128 + i])
        let low = value(bounds[token / 16 * 128 + 64 + i])
        #expect(low <= Double(x) && Double(x) <= high)
        let page = keys[token / 16 * 16..<min(token / 16 * 16 + 16, tokens)].map { Double($0[i]) }
        let (largest, smallest) = (page.max() ?? 0, page.min() ?? 0)
        #expect(high - largest <= abs(largest) / 127 && smallest - low <= abs(smallest) / 127)
      }
    }
  }

  /// With slack 1 the estimate is never below the largest logit, and with 0 it is the middle of the page.
  @Test(arguments: lengths) func theBoundOfAPageIsAboveEveryLogit(_ tokens: Int) throws {
    let keys = keys(tokens, seed: 4)
    let summary = try summary(of: cache([keys, keys], .f32))
    let bounds = summary.bounds(layer: 0, head: 0)
    for q in self.keys(20, seed: 5) {
      var best = -Double.infinity
      for page in 0..<summary.shape.pages {
        var sum = 0.0
        for i in 0..<64 {
          let (high, low) = (value(bounds[page * 128 + i]), value(bounds[page * 128 + 64 + i]))
          sum += max(Double(q[i]) * high, Double(q[i]) * low)
        }
        best = max(best, sum)
      }
      let dense = DenseSummary(keys)
      #expect(abs(best - dense.bound(q.map(Double.init), slack: 1)) < 1e-9)
      #expect(dense.bound(q.map(Double.init), slack: 0) <= best)
      for key in keys {
        let logit = zip(q, key).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        #expect(logit <= best)
      }
    }
  }

  /// N = sum n, mu = sum n mu / N, C = sum n (C + (mu' - mu)(mu' - mu)^T) / N.
  @Test func momentsOfPartsPoolToThoseOfTheWhole() throws {
    let parts = [keys(7, seed: 6), keys(100, seed: 7).map { $0.map { $0 + 3 } }, keys(1, seed: 8)]
    let whole = try summary(of: cache([Array(parts.joined()), Array(parts.joined())], .f32))
    let summaries = try parts.map { try summary(of: cache([$0, $0], .f32)) }
    let counts = parts.map { Double($0.count) }
    let total = counts.reduce(0, +)
    func mean(_ part: Int, _ i: Int) -> Double { Double(summaries[part].mean(layer: 0, head: 0)[i]) }
    let pooled = (0..<64).map { i in parts.indices.reduce(0) { $0 + counts[$1] * mean($1, i) } / total }
    for i in 0..<64 {
      #expect(abs(pooled[i] - Double(whole.mean(layer: 0, head: 0)[i])) < 1e-5)
      for j in 0..<64 {
        var (sum, size) = (0.0, 0.0)
        for part in parts.indices {
          let inside = value(summaries[part].covariance(layer: 0, head: 0)[i * 64 + j])
          let between = (mean(part, i) - pooled[i]) * (mean(part, j) - pooled[j])
          sum += counts[part] * (inside + between) / total
          size += counts[part] * abs(inside) / total
        }
        let exact = value(whole.covariance(layer: 0, head: 0)[i * 64 + j])
        #expect(abs(sum - exact) <= (size + abs(exact)) / 250 + 1e-5)
      }
    }
  }

  /// Two channels a byte, of the twelve pairs that turn slowest; a code is the number of the step that holds the key.
  @Test(arguments: lengths, [RotaryConfiguration.Pairing.halves, .interleaved])
  func theSketchHoldsTheSlowChannelsInFourBits(_ tokens: Int, _ pairing: RotaryConfiguration.Pairing) throws {
    let keys = keys(tokens, seed: 9)
    for content in [SummaryContent.sketch, .all] {
      let summary = try ChunkSummary(of: cache([keys, keys], .f32), pairing: pairing, content: content)
      let dense = DenseSummary(keys, isInterleaved: pairing == .interleaved)
      if content == .sketch { #expect(summary.shape.byteCount == 2 * (64 * 4 + 24 * 4 + tokens * 12)) }
      let (steps, codes) = (summary.steps(layer: 0, head: 1), summary.codes(layer: 0, head: 1))
      for i in 0..<24 { #expect(abs(Double(steps[i]) - dense.steps[i]) < 1e-5) }
      var others = 0
      for (token, wanted) in dense.codes.enumerated() {
        for (i, wanted) in wanted.enumerated() where dense.steps[i] > 0 {
          let byte = codes[token * 12 + i % 12]
          let code = Double(i < 12 ? byte & 15 : byte >> 4) - 7.5
          // A key that rounding may put on either side of a step.
          if code != wanted { others += 1 }
          #expect(abs(code - wanted) <= 1)
        }
      }
      #expect(others * 1000 <= tokens * 24)
    }
  }

  /// A sketch's error in a logit is far below what tells a sharp match from the rest.
  @Test func theSketchOfAKeyIsNearItInTheSlowChannels() throws {
    let keys = keys(301, seed: 10)
    let dense = DenseSummary(keys)
    for (key, codes) in zip(keys, dense.codes) {
      for (i, channel) in dense.channels.enumerated() {
        let found = dense.mean[channel] + codes[i] * dense.steps[i]
        #expect(abs(found - Double(key[channel])) <= dense.steps[i] / 2 + 1e-5)
      }
    }
  }

  @Test func aSummaryOfOtherSizesIsNotFilled() throws {
    let cache = try cache([keys(16, seed: 1), keys(16, seed: 2)], .f32)
    let other = try self.cache([keys(17, seed: 1), keys(17, seed: 2)], .f32)
    let summary = try ChunkSummary(of: cache, pairing: .halves, content: .sketch)
    #expect(throws: ModelError.self) { try summary.fill(layer: 0, from: other) }
    #expect(throws: ModelError.self) { try summary.fill(layer: 1, from: cache) }
    try summary.fill(layer: 0, from: cache)
  }

  @Test func aSummaryOfTooFewBytesIsRefused() throws {
    let shape = SummaryShape(
      KVCacheShape(layers: 2, kvHeads: 2, headDimension: 64, tokens: 33, type: .bf16),
      pairing: .halves,
      content: .all
    )
    #expect(throws: ModelError.self) {
      try ChunkSummary(shape: shape, storage: AlignedBuffer(byteCount: shape.byteCount - 64))
    }
  }
}
