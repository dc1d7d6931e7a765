internal import CKernels
internal import Foundation
internal import Testing

/// The attention kernels of every instruction set against softmax attention in double precision.
@Suite struct AttentionTests {
  struct Case: Sendable {
    var tokens: Int
    var group = 1
    var keys: Int
    var dimension = 64
    /// The number of keys that the first token sees; nil for all.
    var visible: Int?
    /// True when a first call has attended other keys already.
    var continues = false
    /// True when values are read.
    var withValues = true
    /// The number of keys that are hidden from the first token, below 0 if it sees more; each further token sees
    /// one less. Nil for none.
    var hidden: Int?
    /// The cap of the logits, 0 for none.
    var cap: Float = 0
  }

  static let cases = [
    Case(tokens: 1, keys: 1), Case(tokens: 1, keys: 15), Case(tokens: 2, group: 3, keys: 17),
    Case(tokens: 7, keys: 64), Case(tokens: 5, group: 1, keys: 255, dimension: 128),
    Case(tokens: 11, group: 3, keys: 257), Case(tokens: 3, group: 2, keys: 600, continues: true),
    Case(tokens: 1, keys: 1, visible: 1), Case(tokens: 19, group: 3, keys: 19, visible: 1),
    Case(tokens: 40, keys: 300, visible: 261, continues: true),
    Case(tokens: 130, group: 2, keys: 260, visible: 131),
    // Some rows of a tile see none of the second block of keys, the others a few.
    Case(tokens: 9, keys: 262, visible: 254), Case(tokens: 9, keys: 262, visible: 254, continues: true),
    Case(tokens: 7, group: 3, keys: 290, visible: 256, withValues: false),
    Case(tokens: 9, group: 3, keys: 70, withValues: false),
    Case(tokens: 7, group: 3, keys: 8190, visible: 8184),
    // Logits alone need no more than 32 channels.
    Case(tokens: 9, group: 3, keys: 300, dimension: 32, withValues: false),
    Case(tokens: 4, keys: 31, dimension: 96, withValues: false),
    // Few rows: six at a time, and what is left of them.
    Case(tokens: 3, group: 3, keys: 301), Case(tokens: 4, group: 3, keys: 75, dimension: 128),
    Case(tokens: 8, keys: 130, continues: true),
    Case(tokens: 11, keys: 67, dimension: 128, withValues: false),
    Case(tokens: 2, group: 4, keys: 270, dimension: 80, visible: 269),
    Case(tokens: 8, keys: 300, visible: 293, hidden: 100),
    Case(tokens: 10, keys: 530, visible: 521, hidden: 300),
    // Heads that are no multiple of 64 or of 32.
    Case(tokens: 7, group: 3, keys: 270, dimension: 80), Case(tokens: 5, keys: 65, dimension: 96),
    Case(tokens: 9, group: 2, keys: 33, dimension: 112, visible: 20),
    Case(tokens: 3, keys: 70, dimension: 16),
    Case(tokens: 2, group: 2, keys: 300, dimension: 256),
    // Rows and keys that do not fill a tile, with heads of whole and of half vectors.
    Case(tokens: 17, keys: 45, dimension: 128), Case(tokens: 10, group: 3, keys: 290, dimension: 96),
    Case(tokens: 29, keys: 33, dimension: 32, visible: 5, continues: true),
    Case(tokens: 7, group: 9, keys: 530, dimension: 64, visible: 520),
    // Windows: within a block, over several, and some that hide every key from some rows.
    Case(tokens: 40, keys: 300, visible: 261, hidden: 200), Case(tokens: 9, group: 3, keys: 70, hidden: -4),
    Case(tokens: 130, group: 2, keys: 640, visible: 511, hidden: 250),
    Case(tokens: 30, group: 3, keys: 600, visible: 571, hidden: 540),
    Case(tokens: 20, keys: 90, dimension: 80, continues: true, hidden: 75),
    Case(tokens: 7, group: 2, keys: 520, continues: true, withValues: false, hidden: 516),
    Case(tokens: 12, group: 2, keys: 290, cap: 5),
    Case(tokens: 5, keys: 300, visible: 296, hidden: 100, cap: 2),
  ]

  /// The results of a kernel, in floats for a kernel and in doubles for the reference.
  struct State<Number> {
    var logSumExp: [Number] = []
    /// The attended values.
    var output: [Number] = []
    /// The mean logit under the softmax.
    var energy: [Number] = []
    var top: [Number] = []
  }

  /// Numbers that a bf16 holds, so that kernels of either type see the same.
  private func data(_ c: Case, seed: UInt64) -> (q: [Float], k: [Float], v: [Float]) {
    var generator = SeededGenerator(state: seed)
    func values(_ count: Int, _ scale: Float) -> [Float] {
      generator.values(count, scale).map { value(bf16($0)) }
    }
    let rows = c.tokens * c.group
    return (values(rows * c.dimension, 0.5), values(c.keys * c.dimension, 2), values(c.keys * c.dimension, 1))
  }

  private func reference(_ c: Case, seed: UInt64) -> State<Double> {
    let (q, k, v) = data(c, seed: seed)
    let before = data(c, seed: seed + 1)
    var state = State<Double>()
    for row in 0..<c.tokens * c.group {
      func logits(_ k: [Float], _ seen: Range<Int>) -> [Double] {
        seen.map { j in
          let s = (0..<c.dimension).reduce(0.0) {
            $0 + Double(q[row * c.dimension + $1]) * Double(k[j * c.dimension + $1])
          }
          return c.cap > 0 ? Double(c.cap) * tanh(s / Double(c.cap)) : s
        }
      }
      let seen = c.visible.map { min(c.keys, $0 + row / c.group) } ?? c.keys
      let hidden = c.hidden.map { min(seen, max(0, $0 + row / c.group)) } ?? 0
      var s = logits(k, hidden..<seen)
      var values = Array(v[hidden * c.dimension..<seen * c.dimension])
      if c.continues {
        s = logits(before.k, 0..<c.keys) + s
        values = before.v + values
      }
      let high = s.max() ?? 0
      let weights = s.map { exp($0 - high) }
      let sum = weights.reduce(0, +)
      state.logSumExp.append(high + log(sum))
      state.energy.append(zip(weights, s).reduce(0) { $0 + $1.0 * $1.1 } / sum)
      for i in 0..<c.dimension {
        let total = weights.indices.reduce(0.0) { $0 + weights[$1] * Double(values[$1 * c.dimension + i]) }
        state.output.append(total / sum)
      }
      let top = s.sorted(by: >).prefix(Int(BRAID_TOP))
      state.top += top + [Double](repeating: -.infinity, count: Int(BRAID_TOP) - top.count)
    }
    return state
  }

  private enum Kernel { case bf16, f32, f32OverF32 }

  /// The results of a kernel for all rows of a case, or for its first ones.
  private func attend(_ kernel: Kernel, _ c: Case, seed: UInt64, rows most: Int? = nil) -> State<Float> {
    let rows = most ?? c.tokens * c.group
    var m = [Float](repeating: -.infinity, count: rows)
    var l = [Float](repeating: 0, count: rows)
    var e = l
    var o = [Float](repeating: 0, count: rows * c.dimension)
    var top = [Float](repeating: -.infinity, count: rows * Int(BRAID_TOP))
    let scratch = UnsafeMutableRawPointer.allocate(
      byteCount: braid_attention_scratch(Int32(c.dimension)),
      alignment: 64
    )
    defer { scratch.deallocate() }
    let windowed = (0..<c.tokens).map { Int32(max(0, (c.hidden ?? 0) + $0)) }
    func call(_ seed: UInt64, visible: Int?, hidden: UnsafePointer<Int32>?, q: [Float]) {
      let (_, k, v) = data(c, seed: seed)
      func bytes(_ x: [Float], wide: Bool) -> [UInt8] {
        wide
          ? x.withUnsafeBytes { Array($0) } : x.map(AttentionTests.narrow).withUnsafeBytes { Array($0) }
      }
      let isWide = kernel == .f32OverF32
      bytes(q, wide: kernel != .bf16).withUnsafeBytes { q in
        bytes(k, wide: isWide).withUnsafeBytes { k in
          bytes(v, wide: isWide).withUnsafeBytes { v in
            o.withUnsafeMutableBufferPointer { o in
              m.withUnsafeMutableBufferPointer { m in
                l.withUnsafeMutableBufferPointer { l in
                  e.withUnsafeMutableBufferPointer { e in
                    top.withUnsafeMutableBufferPointer { top in
                      var call = braid_attention(
                        q: q.baseAddress,
                        k: k.baseAddress,
                        v: v.baseAddress,
                        kv_is_f32: isWide ? 1 : 0,
                        head_dim: Int32(c.dimension),
                        rows: Int32(rows),
                        group: Int32(c.group),
                        keys: Int32(c.keys),
                        causal: visible == nil ? 0 : 1,
                        visible: Int32(visible ?? 0),
                        hidden: hidden,
                        cap: c.cap,
                        m: m.baseAddress,
                        l: l.baseAddress,
                        o: c.withValues ? o.baseAddress : nil,
                        e: e.baseAddress,
                        top: top.baseAddress,
                        ticks: nil,
                        scratch: scratch
                      )
                      kernel == .bf16 ? braid_attend_bf16(&call) : braid_attend_f32(&call)
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
    let q = Array(data(c, seed: seed).q.prefix(rows * c.dimension))
    if c.continues { call(seed + 1, visible: nil, hidden: nil, q: q) }
    windowed.withUnsafeBufferPointer {
      call(seed, visible: c.visible, hidden: c.hidden == nil ? nil : $0.baseAddress, q: q)
    }
    var state = State<Float>()
    state.logSumExp = (0..<rows).map { m[$0] + log(l[$0]) }
    state.energy = (0..<rows).map { e[$0] / l[$0] }
    state.output = o.indices.map { o[$0] / l[$0 / c.dimension] }
    state.top = top
    return state
  }

  private static func narrow(_ x: Float) -> UInt16 { bf16(x) }

  private func expect(
    _ state: State<Float>,
    _ expected: State<Double>,
    _ c: Case,
    within: Double,
    _ what: Comment
  ) {
    #expect(difference(state.logSumExp, expected.logSumExp) < within, what)
    #expect(difference(state.top, expected.top) < within, what)
    #expect(difference(state.energy, expected.energy) < within * 4, what)
    if c.withValues {
      #expect(difference(state.output, expected.output) < within, what)
    } else {
      #expect(state.output.allSatisfy { $0 == 0 }, what)
    }
  }

  @Test(
    "A row has the same bits alone and among others, as far as they read keys as they lie; with tiles always"
  )
  func rowsKeepTheirBits() {
    for dimension in [64, 96, 128] {
      let c = Case(tokens: 13, keys: 301, dimension: dimension)
      for isa in instructionSets {
        let name = Comment(rawValue: "\(String(cString: braid_isa_name(isa))), heads of \(dimension)")
        limited(to: isa) {
          let kernel: Kernel = braid_attention_has_bf16() != 0 ? .bf16 : .f32
          let all = attend(kernel, c, seed: 9, rows: Int(BRAID_FEW_ROWS))
          for rows in [1, 2, 3, 5, 6, 7, 11] + (isa == BRAID_ISA_AMX ? [13] : []) {
            let some = attend(kernel, c, seed: 9, rows: rows)
            let shared = min(rows, Int(BRAID_FEW_ROWS))
            #expect(some.output.prefix(shared * dimension) == all.output.prefix(shared * dimension), name)
            #expect(some.logSumExp.prefix(shared) == all.logSumExp.prefix(shared), name)
          }
        }
      }
    }
  }

  /// A model that overflows must be seen to: its answer may not look like any other.
  @Test func anInfiniteLogitLeavesNoNumber() {
    let (dim, keys) = (64, 20)
    let q = [Float](repeating: 1e38, count: dim)
    var k = [UInt16](repeating: bf16(0), count: keys * dim)
    for i in 0..<dim { k[7 * dim + i] = bf16(10) }
    let v = [UInt16](repeating: bf16(1), count: keys * dim)
    each { isa in
      var (m, l) = (-Float.infinity, Float(0))
      var o = [Float](repeating: 0, count: dim)
      var scratch = [UInt8](repeating: 0, count: braid_attention_scratch(Int32(dim)))
      q.withUnsafeBytes { q in
        k.withUnsafeBytes { k in
          v.withUnsafeBytes { v in
            o.withUnsafeMutableBufferPointer { o in
              scratch.withUnsafeMutableBytes { scratch in
                var call = braid_attention()
                (call.q, call.k, call.v) = (q.baseAddress, k.baseAddress, v.baseAddress)
                (call.head_dim, call.rows, call.group, call.keys) = (Int32(dim), 1, 1, Int32(keys))
                withUnsafeMutablePointer(to: &m) { m in
                  withUnsafeMutablePointer(to: &l) { l in
                    (call.m, call.l, call.o, call.scratch) = (m, l, o.baseAddress, scratch.baseAddress)
                    braid_attend_f32(&call)
                  }
                }
              }
            }
          }
        }
      }
      #expect(m == .infinity && l.isNaN && o.allSatisfy(\.isNaN), isa)
    }
  }

  @Test(arguments: cases.indices) func everyInstructionSetAgrees(_ index: Int) {
    let c = Self.cases[index]
    let seed = UInt64(100 + 2 * index)
    let expected = reference(c, seed: seed)
    for isa in instructionSets {
      let what = Comment(rawValue: "\(c) with \(String(cString: braid_isa_name(isa)))")
      limited(to: isa) {
        expect(attend(.f32, c, seed: seed), expected, c, within: 1e-4, what)
        expect(attend(.f32OverF32, c, seed: seed), expected, c, within: 1e-4, what)
        if braid_attention_has_bf16() != 0 {
          // Weights are rounded to bf16 for the product with the values.
          expect(attend(.bf16, c, seed: seed), expected, c, within: 1e-2, what)
        }
      }
    }
  }
}
