internal import Foundation
internal import ParallelContext

/// The query stage the slow obvious way: every key a row may see in one list, the policy's rules applied to it
/// as masks, one softmax over what is left, in double precision.
final class DenseReference {
  /// Attention of one head of one token.
  struct Row {
    var output: [Double]
    var entropy: Double
    /// Attention to sink, tail, everything else that is no chunk, and each chosen chunk.
    var sink: Double
    var tail: Double
    var rest: Double
    var chunks: [Int: Double]
    /// True when the row attends no chunk because its head is local.
    var isLocal: Bool
    /// True when no rule was so close a call that rounding may decide it.
    var isDecided: Bool
  }

  /// One visible key.
  struct Key {
    enum Place: Equatable {
      case sink
      case tail
      /// A local layer's window.
      case window
      /// A group of a chunk that was not chosen.
      case group
      case chunk(Int)
    }
    var place: Place
    var logit: Double
    var value: [Double]
    /// True when its chunk is damped.
    var isFar = false
    /// The number of keys that it counts as.
    var members = 1.0
    var isContext: Bool { place != .sink && place != .tail }
  }

  let fixture: DenseFixture
  let policy: Reading
  /// The tail's token by which each layer's groups are weighted.
  private var groupToken: [Int: Int] = [:]

  init(_ fixture: DenseFixture, _ policy: Reading) {
    self.fixture = fixture
    self.policy = policy
  }

  /// The distance by which rounding may move the logarithm of a score.
  var margin: Double { fixture.sizes.isBF16 ? 0.1 : 1e-4 }

  /// Attention of a run of the tail's tokens.
  ///
  /// - Returns: `[layer][token of the run][head]`.
  func run(_ tokens: Range<Int>, _ decision: Decision) -> [[[Row]]] {
    (0..<2).map { layer in
      stride(from: tokens.lowerBound, to: tokens.upperBound, by: fixture.sizes.block).flatMap { first in
        let block = first..<min(first + fixture.sizes.block, tokens.upperBound)
        return isLocal(layer)
          ? local(layer, block, decision.layout) : global(layer, block, of: tokens, decision)
      }
    }
  }

  /// True for a layer that attends no chunk: all but the first of each group.
  func isLocal(_ layer: Int) -> Bool {
    if case .every(let group, _) = policy.layers { return layer % group > 0 }
    return false
  }

  /// Sink, the document's last tokens, tail.
  private func local(_ layer: Int, _ block: Range<Int>, _ layout: DenseLayout) -> [[Row]] {
    let lengths = fixture.chunks.map(\.tokens)
    let total = lengths.reduce(0, +)
    var window = 0
    if case .every(_, let tokens) = policy.layers { window = tokens }
    return block.map { token in
      (0..<6).map { head in
        var keys = near(layer, token, head, layout)
        for chunk in lengths.indices {
          let before = lengths[..<chunk].reduce(0, +)
          let skipped = max(0, total - window - before)
          if skipped >= lengths[chunk] { continue }
          for var key in self.keys(of: chunk, at: layout.starts[chunk], layer, token, head, layout)[
            skipped...
          ] {
            key.place = .window
            keys.append(key)
          }
        }
        return row(keys, isLocal: false, isDecided: true)
      }
    }
  }

  private func global(
    _ layer: Int,
    _ block: Range<Int>,
    of run: Range<Int>,
    _ decision: Decision
  ) -> [[Row]] {
    let layout = decision.layout
    let choices = choose(layer, block, decision)
    if run.count > 1 || groupToken[layer] == nil { groupToken[layer] = block.upperBound - 1 }
    return block.map { token in
      (0..<6).map { head in
        let choice = choices[token - block.lowerBound][head]
        var keys = near(layer, token, head, layout)
        for chunk in choice.chunks { keys += seen(chunk, layer, token, head, layout).keys }
        let isClear = layout.starts.indices.allSatisfy { seen($0, layer, token, head, layout).isClear }
        if !choice.chunks.isEmpty {
          for chunk in layout.starts.indices where !choice.chunks.contains(chunk) {
            keys += groups(of: chunk, layer, token, head, layout)
          }
        }
        return row(keys, isLocal: choice.isLocal, isDecided: choice.isDecided && isClear)
      }
    }
  }

  // MARK: - Keys

  private func product(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in a.indices { sum += a[i] * b[i] }
    return sum
  }

  /// A row's query at a position, over sqrt(d).
  func query(_ layer: Int, _ token: Int, _ head: Int, at position: Int) -> [Double] {
    fixture.rotate(fixture.queries[layer][token][head * 64..<head * 64 + 64], to: position).map { $0 / 8 }
  }

  /// Sink and tail.
  func near(_ layer: Int, _ token: Int, _ head: Int, _ layout: DenseLayout) -> [Key] {
    let group = head / 3
    let q = query(layer, token, head, at: layout.tail + token)
    let sink = fixture.keys(of: fixture.sink, name: -1, layer: layer, head: group, at: 0)
    let tail = fixture.keys(of: fixture.tail, name: -2, layer: layer, head: group, at: layout.tail)
    let sinkValues = fixture.sink.values[layer * 2 + group]
    let tailValues = fixture.tail.values[layer * 2 + group]
    return sink.indices.map {
      Key(place: .sink, logit: product(q, sink[$0]), value: sinkValues[$0].map(Double.init))
    }
      + (0...token).map {
        Key(place: .tail, logit: product(q, tail[$0]), value: tailValues[$0].map(Double.init))
      }
  }

  /// A chunk that stands at `start`, one of its places.
  func keys(
    of chunk: Int,
    at start: Int,
    _ layer: Int,
    _ token: Int,
    _ head: Int,
    _ layout: DenseLayout
  ) -> [Key] {
    let run = fixture.chunks[chunk]
    let q = query(layer, token, head, at: layout.tail + token).map { $0 / policy.temperature }
    let keys = fixture.keys(of: run, name: chunk, layer: layer, head: head / 3, at: start)
    let values = run.values[layer * 2 + head / 3]
    return keys.indices.map {
      Key(
        place: .chunk(chunk),
        logit: product(q, keys[$0]),
        value: values[$0].map(Double.init),
        isFar: layout.isFar[chunk] || start != layout.starts[chunk]
      )
    }
  }

  /// A chunk where a row sees it: at its place, or at a second one if it has more mass there in spite of damping; and
  /// whether that is no close call.
  func seen(
    _ chunk: Int,
    _ layer: Int,
    _ token: Int,
    _ head: Int,
    _ layout: DenseLayout,
    inSketch: Bool = false
  ) -> (keys: [Key], isClear: Bool) {
    func keys(at start: Int) -> [Key] {
      if inSketch { return sketchedKeys(of: chunk, at: start, layer, token, head, layout) }
      let keys = self.keys(of: chunk, at: start, layer, token, head, layout)
      return Array(keys[layout.ranges[chunk] ?? 0..<keys.count])
    }
    let first = keys(at: layout.starts[chunk])
    guard let start = layout.second, start != layout.starts[chunk] else { return (first, true) }
    let second = keys(at: start)
    let lead = dampedMass(first.map(\.logit), first[0].isFar) - dampedMass(second.map(\.logit), true)
    return (lead >= 0 ? first : second, abs(lead) > margin)
  }

  /// The log-mass of a chunk's logits, less damping times their entropy.
  private func dampedMass(_ logits: [Double], _ isFar: Bool) -> Double {
    let mass = Self.logSum(logits)
    let entropy = logits.reduce(0) { $0 - exp($1 - mass) * ($1 - mass) }
    return isFar ? mass - policy.damping * entropy : mass
  }

  /// A chunk's groups, each one key that counts as often as its chunk's groups have members on average.
  private func groups(
    of chunk: Int,
    _ layer: Int,
    _ token: Int,
    _ head: Int,
    _ layout: DenseLayout
  ) -> [Key] {
    guard case .groups(let size, let weighting) = policy.residue else { return [] }
    let run = fixture.chunks[chunk]
    let keys = fixture.keys(of: run, name: chunk, layer: layer, head: head / 3, at: layout.starts[chunk])
    let values = run.values[layer * 2 + head / 3]
    let count = Int((Double(keys.count) / Double(size)).rounded(.up))
    let logits: [Double] = keys.map { key in
      switch weighting {
      case .mean: return 0
      case .query:
        let asker = groupToken[layer] ?? token
        return (0..<3).reduce(0) { sum, member in
          sum + product(query(layer, asker, head / 3 * 3 + member, at: layout.tail + asker), key)
        }
      }
    }
    let q = query(layer, token, head, at: layout.tail + token).map { $0 / policy.temperature }
    return (0..<count).map { group in
      let members = group * keys.count / count..<(group + 1) * keys.count / count
      let high = members.map { logits[$0] }.max() ?? 0
      let total = members.reduce(0) { $0 + exp(logits[$1] - high) }
      var (key, value) = ([Double](repeating: 0, count: 64), [Double](repeating: 0, count: 64))
      for member in members {
        let weight = exp(logits[member] - high) / total
        for i in 0..<64 {
          key[i] += weight * keys[member][i]
          value[i] += weight * Double(values[member][i])
        }
      }
      return Key(
        place: .group,
        logit: product(q, key),
        value: value,
        members: Double(keys.count) / Double(count)
      )
    }
  }

  // MARK: - Softmax

  /// Every key's share of attention, damping and the context's scale applied.
  func softmax(_ keys: [Key]) -> [Double] {
    var logits = keys.map { $0.logit + log($0.members) }
    if policy.damping != 0 {
      for chunk in fixture.chunks.indices {
        let inside = keys.indices.filter { keys[$0].place == .chunk(chunk) && keys[$0].isFar }
        let mass = Self.logSum(inside.map { logits[$0] })
        let entropy = inside.reduce(0) { $0 - exp(logits[$1] - mass) * (logits[$1] - mass) }
        for index in inside { logits[index] -= policy.damping * entropy }
      }
    }
    let context = keys.indices.filter { keys[$0].isContext }
    if !context.isEmpty {
      let mass = Self.logSum(context.map { logits[$0] })
      for index in context { logits[index] += (policy.scale * policy.temperature - 1) * mass }
    }
    let total = Self.logSum(logits)
    return logits.map { exp($0 - total) }
  }

  private func row(_ keys: [Key], isLocal: Bool, isDecided: Bool) -> Row {
    let shares = softmax(keys)
    var row = Row(
      output: [Double](repeating: 0, count: 64),
      entropy: 0,
      sink: 0,
      tail: 0,
      rest: 0,
      chunks: [:],
      isLocal: isLocal,
      isDecided: isDecided
    )
    for (key, share) in zip(keys, shares) {
      row.output.withUnsafeMutableBufferPointer { out in for i in 0..<64 { out[i] += share * key.value[i] } }
      if share > 0 { row.entropy -= share * log(share / key.members) }
      switch key.place {
      case .sink: row.sink += share
      case .tail: row.tail += share
      case .window, .group: row.rest += share
      case .chunk(let chunk): row.chunks[chunk, default: 0] += share
      }
    }
    return row
  }

  static func logSum(_ values: [Double]) -> Double {
    guard let high = values.max(), high > -.infinity else { return -.infinity }
    return high + log(values.reduce(0) { $0 + exp($1 - high) })
  }

  /// The `count` largest in rising order of index, the earlier of equals first, and by how much the last of
  /// them leads the next.
  static func largest(_ count: Int, of scores: [Double]) -> (chosen: [Int], gap: Double) {
    let ranked = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    if count >= scores.count { return (Array(scores.indices), .infinity) }
    return (ranked.prefix(count).sorted(), scores[ranked[count - 1]] - scores[ranked[count]])
  }
}
