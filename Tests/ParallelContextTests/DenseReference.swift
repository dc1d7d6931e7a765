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
    /// Whether the policy's heads kept the row from looking at chunks.
    var isLocal: Bool
    /// Whether no rule was so close a call that rounding may decide it.
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
    /// Whether its chunk is damped.
    var isFar = false
    /// How many keys it counts as.
    var members = 1.0
    var isContext: Bool { place != .sink && place != .tail }
  }

  let fixture: DenseFixture
  let policy: AttentionPolicy
  /// Where each chunk's first token stands while chunks are ranked.
  private(set) var starts: [Int]
  private(set) var isFar: [Bool]
  /// The position of the tail's first token.
  private(set) var tailStart: Int
  /// The choice of two passes, and the layers found by the first.
  var fixed: [Int]?
  /// Whether the question points at these.
  private(set) var isFocused = false
  var globalLayers: Set<Int>?
  /// Per chunk, every row's score of the first pass.
  var gathered: [[Double]]?
  /// The chunks that a pass looks into, and every row's scores of their pages of 64 tokens.
  var looked: Looked?
  struct Looked {
    var chunks: [Int]
    var pages: [Int: [[Double]]] = [:]
  }
  /// What is attended of chunks that are not attended whole.
  private(set) var ranges: [Int: Range<Int>] = [:]
  /// Whether no head's being local was a close call so far.
  var headsAreClear = true
  /// The tail's token by which each layer's groups are weighted.
  var groupToken: [Int: Int] = [:]

  init(_ fixture: DenseFixture, _ policy: AttentionPolicy) {
    self.fixture = fixture
    self.policy = policy
    let (sink, lengths) = (fixture.sizes.sink, fixture.chunks.map(\.tokens))
    let longest = lengths.max() ?? 0
    let before = lengths.indices.map { lengths[..<$0].reduce(0, +) }
    let total = lengths.reduce(0, +)
    switch policy.placement {
    case .shared:
      starts = lengths.map { _ in sink }
      tailStart = sink + longest
      isFar = lengths.map { _ in false }
    case .contiguous, .automatic:
      starts = before.map { sink + $0 }
      tailStart = sink + total
      isFar = lengths.map { _ in false }
    case .capped(let near, let far):
      let tail = sink + max(near, far, longest)
      tailStart = tail
      isFar = before.map { total - $0 > near }
      starts = lengths.indices.map { i in
        total - before[i] > near ? tail - max(far, lengths[i]) : tail - (total - before[i])
      }
    case .packed:
      let most = policy.selection.rule?.count ?? lengths.count
      let tail = sink + lengths.sorted().reversed().prefix(most).reduce(0, +)
      tailStart = tail
      starts = lengths.map { tail - $0 }
      isFar = lengths.map { _ in false }
    }
    guard choosesForQuestion, let rule = policy.selection.rule else { return }
    if rule.reduction != .twoPass, lengths.count <= max(4, rule.count) + 1 {
      (fixed, looked) = (Array(lengths.indices), Looked(chunks: Array(lengths.indices)))
    } else {
      gathered = lengths.map { _ in [] }
    }
  }

  /// How far rounding may move the logarithm of a score.
  var margin: Double { fixture.sizes.isBF16 ? 0.1 : 1e-4 }

  /// Whether the question has to be gone through once more before.
  var needsFirstPass: Bool {
    if case .top = policy.layers, globalLayers == nil { return true }
    return gathered != nil || looked != nil
  }

  /// Whether a first pass ranks chunks and attends none.
  var isBlind: Bool {
    if case .top = policy.layers { return false }
    return gathered != nil && ![.exact, .lse].contains(ranking)
  }

  /// By what chunks are ranked now.
  var ranking: Selection.Measure? {
    guard let rule = policy.selection.rule else { return nil }
    return gathered != nil && rule.reduction != .twoPass ? rule.aim ?? rule.measure : rule.measure
  }

  /// Whether chunks are chosen once for the whole question.
  private var choosesForQuestion: Bool {
    guard let rule = policy.selection.rule, rule.count < fixture.chunks.count else { return false }
    return [.twoPass, .focus, .settled].contains(rule.reduction)
  }

  /// Where all chunks begin when they are looked at a second time; nil for nowhere.
  var second: Int? {
    guard let view = policy.view, policy.placement != .packed, starts.count > 1 else { return nil }
    let longest = fixture.chunks.map(\.tokens).max() ?? 0
    return max(starts.min() ?? 0, tailStart - view - longest)
  }

  /// Whether chunks are looked at there alone.
  var seesSecondAlone: Bool { second != nil && (gathered != nil || looked != nil || isFocused) }

  /// Where a chunk begins when it is looked at at its second place.
  func second(of chunk: Int) -> Int? { isFocused ? starts[chunk] : second }

  /// Attention of a run of the tail's tokens.
  ///
  /// - Returns: `[layer][token of the run][head]`.
  func run(_ tokens: Range<Int>) -> [[[Row]]] {
    (0..<2).map { layer in
      stride(from: tokens.lowerBound, to: tokens.upperBound, by: fixture.sizes.block).flatMap { first in
        let block = first..<min(first + fixture.sizes.block, tokens.upperBound)
        return isLocal(layer) ? local(layer, block) : global(layer, block, of: tokens)
      }
    }
  }

  /// Ends the first pass.
  ///
  /// - Returns: Whether its choices were clear enough to compare.
  func settle(_ rows: [[[Row]]]) -> Bool {
    var isDecided = headsAreClear
    if let looked, let rule = policy.selection.rule {
      self.looked = nil
      isDecided = settle(looked, rule) && isDecided
    } else if let gathered, let rule = policy.selection.rule {
      self.gathered = nil
      isDecided = settle(gathered, rule) && isDecided
    }
    if case .top(let count, _) = policy.layers, globalLayers == nil {
      let shares = rows.map { layer in layer.joined().reduce(0) { $0 + $1.chunks.values.reduce(0, +) } }
      let (chosen, gap) = Self.largest(count, of: shares)
      globalLayers = Set(chosen)
      isDecided = isDecided && gap > 10 * margin && rows.joined().joined().allSatisfy(\.isDecided)
    }
    groupToken = [:]
    return isDecided
  }

  private static func sum(_ shares: [Double]) -> Double { log(shares.sorted(by: >).prefix(5).reduce(0, +)) }

  /// Ends the pass that ranks all chunks.
  private func settle(_ gathered: [[Double]], _ rule: Selection.Rule) -> Bool {
    let aims = rule.reduction != .twoPass
    var scores = gathered.map(Self.sum)
    // The end of the document is looked into in any case.
    if aims { scores[scores.count - 1] = .infinity }
    let (chosen, gap) = Self.largest(aims ? max(4, rule.count) + 1 : rule.count, of: scores)
    fixed = chosen
    if aims { looked = Looked(chunks: chosen) }
    return gap > margin
  }

  /// Ends the pass that looks into chunks.
  private func settle(_ looked: Looked, _ rule: Selection.Rule) -> Bool {
    func odds(_ shares: [Double]) -> Double {
      let score = shares.sorted(by: >).prefix(5).reduce(0, +)
      return log(score / max(5 - score, 1e-3))
    }
    // Near 5 a score's rounding is large beside what is left of it.
    let margin = 10 * self.margin
    let pages = looked.chunks.map { looked.pages[$0]?.map(odds) ?? [] }
    let best = pages.map { $0.max() ?? -.infinity }
    let ranked = best.indices.sorted { best[$0] > best[$1] }
    let (chosen, gap) = Self.largest(rule.count, of: best.dropLast() + [.infinity])
    fixed = rule.reduction == .focus ? nil : chosen.map { looked.chunks[$0] }
    var (focus, isClear): ([Int]?, Bool) = (nil, true)
    for count in 1..<min(max(4, rule.count) + 1, ranked.count) where focus == nil {
      let fall = best[ranked[count - 1]] - best[ranked[count]] - log(10)
      isClear = isClear && abs(fall) > margin
      if fall > 0 { focus = ranked.prefix(count).sorted() }
    }
    guard let focus else { return isClear && (rule.reduction == .focus || gap > margin) }
    for place in focus where fixture.chunks[looked.chunks[place]].tokens > rule.passage ?? .max {
      let (odds, chunk) = (pages[place], looked.chunks[place])
      guard let best = odds.indices.max(by: { odds[$0] < odds[$1] }), let tokens = rule.passage else {
        continue
      }
      let others = odds.indices.filter { abs($0 - best) > 1 }.map { odds[$0] }
      let fall = odds[best] - log(10) - (others.max() ?? -.infinity)
      let isBest = odds.allSatisfy { $0 == odds[best] || odds[best] - $0 > margin }
      isClear = isClear && abs(fall) > margin && isBest
      guard fall > 0 else { continue }
      let length = fixture.chunks[chunk].tokens
      let middle = (best * 64 + min(best * 64 + 64, length)) / 2
      let first = min(max(0, middle - tokens / 2), length - tokens)
      ranges[chunk] = first..<first + tokens
    }
    aim(at: focus.map { looked.chunks[$0] })
    return isClear
  }

  /// The question points at these: they alone are attended, right behind the sink.
  private func aim(at focus: [Int]) {
    (fixed, isFocused) = (focus, true)
    guard policy.placement != .packed else { return }
    starts = starts.indices.map { fixture.sizes.sink - (ranges[$0]?.lowerBound ?? 0) }
    isFar = isFar.map { _ in false }
    tailStart = fixture.sizes.sink + (focus.map { ranges[$0]?.count ?? fixture.chunks[$0].tokens }.max() ?? 0)
  }

  private func isLocal(_ layer: Int) -> Bool {
    switch policy.layers {
    case .all: false
    case .every(let group, _): layer % group > 0
    case .top: globalLayers.map { !$0.contains(layer) } ?? false
    }
  }

  /// Sink, the document's last tokens, tail.
  private func local(_ layer: Int, _ block: Range<Int>) -> [[Row]] {
    let lengths = fixture.chunks.map(\.tokens)
    let total = lengths.reduce(0, +)
    let window = policy.layers.window
    return block.map { token in
      (0..<6).map { head in
        var keys = near(layer, token, head)
        for chunk in lengths.indices {
          let before = lengths[..<chunk].reduce(0, +)
          let start = policy.placement == .packed ? tailStart - (total - before) : starts[chunk]
          let skipped = max(0, total - window - before)
          if skipped >= lengths[chunk] { continue }
          for var key in self.keys(of: chunk, at: start, layer, token, head)[skipped...] {
            key.place = .window
            keys.append(key)
          }
        }
        return row(keys, isLocal: false, isDecided: true)
      }
    }
  }

  private func global(_ layer: Int, _ block: Range<Int>, of run: Range<Int>) -> [[Row]] {
    let choices = choose(layer, block)
    if run.count > 1 || groupToken[layer] == nil { groupToken[layer] = block.upperBound - 1 }
    return block.map { token in
      (0..<6).map { head in
        let choice = choices[token - block.lowerBound][head]
        var keys = near(layer, token, head)
        func length(_ chunk: Int) -> Int { ranges[chunk]?.count ?? fixture.chunks[chunk].tokens }
        var packedStart = tailStart - choice.chunks.reduce(0) { $0 + length($1) }
        for chunk in choice.chunks {
          let start = policy.placement == .packed ? packedStart : starts[chunk]
          packedStart += length(chunk)
          keys +=
            policy.placement == .packed
            ? Array(
              self.keys(of: chunk, at: start - (ranges[chunk]?.lowerBound ?? 0), layer, token, head)[
                ranges[chunk] ?? 0..<fixture.chunks[chunk].tokens
              ]
            )
            : seen(chunk, layer, token, head).keys
        }
        if !choice.chunks.isEmpty { look(layer, token, head) }
        let isClear = starts.indices.allSatisfy { seen($0, layer, token, head).isClear }
        if !choice.chunks.isEmpty {
          for chunk in starts.indices where !choice.chunks.contains(chunk) {
            keys += groups(of: chunk, layer, token, head)
          }
        }
        return row(keys, isLocal: choice.isLocal, isDecided: choice.isDecided && isClear)
      }
    }
  }

  /// Takes in a row's attention to the chunks that are looked into, and to their pages.
  private func look(_ layer: Int, _ token: Int, _ head: Int) {
    guard let chunks = looked?.chunks else { return }
    let logits = chunks.map { seen($0, layer, token, head).keys.map(\.logit) }
    let total = Self.logSum(near(layer, token, head).map(\.logit) + logits.joined())
    func top(_ logits: some Sequence<Double>) -> Double {
      logits.sorted(by: >).prefix(5).reduce(0) { $0 + exp($1 - total) }
    }
    for (chunk, logits) in zip(chunks, logits) {
      let pages = stride(from: 0, to: logits.count, by: 64).map {
        top(logits[$0..<min($0 + 64, logits.count)])
      }
      for (page, share) in pages.enumerated() {
        looked?.pages[chunk, default: pages.map { _ in [] }][page].append(share)
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
  func near(_ layer: Int, _ token: Int, _ head: Int) -> [Key] {
    let group = head / 3
    let q = query(layer, token, head, at: tailStart + token)
    let sink = fixture.keys(of: fixture.sink, name: -1, layer: layer, head: group, at: 0)
    let tail = fixture.keys(of: fixture.tail, name: -2, layer: layer, head: group, at: tailStart)
    let sinkValues = fixture.sink.values[layer * 2 + group]
    let tailValues = fixture.tail.values[layer * 2 + group]
    return sink.indices.map {
      Key(place: .sink, logit: product(q, sink[$0]), value: sinkValues[$0].map(Double.init))
    }
      + (0...token).map {
        Key(place: .tail, logit: product(q, tail[$0]), value: tailValues[$0].map(Double.init))
      }
  }

  /// A chunk that stands at `start`.
  func keys(of chunk: Int, at start: Int, _ layer: Int, _ token: Int, _ head: Int) -> [Key] {
    let run = fixture.chunks[chunk]
    let q = query(layer, token, head, at: tailStart + token).map { $0 / policy.temperature }
    let keys = fixture.keys(of: run, name: chunk, layer: layer, head: head / 3, at: start)
    let values = run.values[layer * 2 + head / 3]
    return keys.indices.map {
      Key(
        place: .chunk(chunk),
        logit: product(q, keys[$0]),
        value: values[$0].map(Double.init),
        isFar: !seesSecondAlone && (isFar[chunk] || (policy.placement != .packed && start != starts[chunk]))
      )
    }
  }

  /// A chunk where a row sees it before chunks are chosen: at its place, or at a second one if it has more mass
  /// there in spite of damping; and whether that is no close call.
  func seen(
    _ chunk: Int,
    _ layer: Int,
    _ token: Int,
    _ head: Int,
    inSketch: Bool = false
  ) -> (keys: [Key], isClear: Bool) {
    func keys(at start: Int) -> [Key] {
      if inSketch { return sketchedKeys(of: chunk, at: start, layer, token, head) }
      let keys = self.keys(of: chunk, at: start, layer, token, head)
      return Array(keys[ranges[chunk] ?? 0..<keys.count])
    }
    let first = keys(at: starts[chunk])
    guard let start = second(of: chunk), second != nil else { return (first, true) }
    if !seesSecondAlone, start == starts[chunk] { return (first, true) }
    let second = keys(at: start)
    if seesSecondAlone { return (second, true) }
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
  private func groups(of chunk: Int, _ layer: Int, _ token: Int, _ head: Int) -> [Key] {
    guard case .groups(let size, let weighting) = policy.residue else { return [] }
    let run = fixture.chunks[chunk]
    let keys = fixture.keys(of: run, name: chunk, layer: layer, head: head / 3, at: starts[chunk])
    let values = run.values[layer * 2 + head / 3]
    let count = Int((Double(keys.count) / Double(size)).rounded(.up))
    let logits: [Double] = keys.map { key in
      switch weighting {
      case .mean: return 0
      case .norm: return product(key, key).squareRoot() / 8
      case .query:
        let asker = groupToken[layer] ?? token
        return (0..<3).reduce(0) { sum, member in
          sum + product(query(layer, asker, head / 3 * 3 + member, at: tailStart + asker), key)
        }
      }
    }
    let q = query(layer, token, head, at: tailStart + token).map { $0 / policy.temperature }
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
      for chunk in starts.indices {
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
