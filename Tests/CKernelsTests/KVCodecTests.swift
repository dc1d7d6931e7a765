internal import CKernels
internal import Testing

/// Keys and values to int8 and back, of every instruction set, against plain Swift.
@Suite struct KVCodecTests {
  private struct Coded: Equatable {
    var values: [Int8]
    var scales: [UInt16]
  }

  private func keys(_ x: [UInt16], dim: Int, group: Int) -> Coded {
    let rows = x.count / dim
    let scales = (rows + group - 1) / group * dim
    var coded = Coded(
      values: [Int8](repeating: 99, count: x.count),
      scales: [UInt16](repeating: 99, count: scales)
    )
    braid_kv_encode_keys(x, &coded.values, &coded.scales, rows, dim, group)
    return coded
  }

  private func values(_ x: [UInt16], dim: Int) -> Coded {
    let rows = x.count / dim
    var coded = Coded(
      values: [Int8](repeating: 99, count: x.count),
      scales: [UInt16](repeating: 99, count: rows)
    )
    braid_kv_encode_values(x, &coded.values, &coded.scales, rows, dim)
    return coded
  }

  /// largest / 127, rounded up to a bf16.
  private func scale(_ x: [UInt16]) -> UInt16 {
    let most = x.map { abs(value($0)) }.max() ?? 0
    guard most >= 0x1p-100 else { return 0 }
    return UInt16(truncatingIfNeeded: ((most * (Float(1) / 127)).bitPattern + 0xffff) >> 16)
  }

  /// Checks numbers under one scale: the scale itself, steps at most half of one off, what becomes of them.
  private func check(
    _ x: [UInt16],
    _ coded: [Int8],
    _ scale: UInt16,
    _ decoded: [UInt16],
    _ isa: Comment
  ) {
    #expect(scale == self.scale(x), isa)
    let step = value(scale)
    // Half a step, and what the sum that rounds may lose.
    #expect(zip(coded, x).allSatisfy { abs(Float($0) * step - value($1)) <= step * 0.50001 }, isa)
    #expect(decoded == coded.map { bf16(Float($0) * step) }, isa)
    #expect(coded.allSatisfy { abs(Int($0)) <= 127 }, isa)
  }

  private func numbers(_ count: Int, _ seed: UInt64) -> [UInt16] {
    var generator = SeededGenerator(state: seed)
    // Magnitudes from 2^-20 to 2^20, as no two channels are alike.
    return generator.values(count, 20).map {
      bf16(Float(sign: $0 < 0 ? .minus : .plus, exponent: Int($0), significand: 1.3))
    }
  }

  @Test(arguments: [
    (1, 64, 64), (64, 64, 64), (130, 64, 64), (65, 128, 32), (7, 20, 3), (40, 70, 64), (3, 1, 1),
  ])
  func keysShareAScaleByChannelAndGroup(_ rows: Int, _ dim: Int, _ group: Int) {
    let x = numbers(rows * dim, 3)
    each { isa in
      let coded = keys(x, dim: dim, group: group)
      var decoded = [UInt16](repeating: 7, count: x.count)
      braid_kv_decode_keys(coded.values, coded.scales, &decoded, rows, dim, group)
      for channel in 0..<dim {
        for first in stride(from: 0, to: rows, by: group) {
          let places = (first..<min(first + group, rows)).map { $0 * dim + channel }
          check(
            places.map { x[$0] },
            places.map { coded.values[$0] },
            coded.scales[first / group * dim + channel],
            places.map { decoded[$0] },
            isa
          )
        }
      }
    }
  }

  @Test(arguments: [(1, 64), (130, 64), (5, 128), (7, 20), (4, 70), (3, 1)])
  func valuesShareAScaleByToken(_ rows: Int, _ dim: Int) {
    let x = numbers(rows * dim, 4)
    each { isa in
      let coded = values(x, dim: dim)
      var decoded = [UInt16](repeating: 7, count: x.count)
      braid_kv_decode_values(coded.values, coded.scales, &decoded, rows, dim)
      for row in 0..<rows {
        let places = row * dim..<(row + 1) * dim
        check(Array(x[places]), Array(coded.values[places]), coded.scales[row], Array(decoded[places]), isa)
      }
    }
  }

  @Test func aLargeChannelOfKeysLeavesTheOthersAlone() {
    var generator = SeededGenerator(state: 9)
    let dim = 64
    var x = generator.values(64 * dim).map { bf16($0) }
    for row in 0..<64 { x[row * dim + 5] = bf16(500 + Float(row)) }
    each { isa in
      let coded = keys(x, dim: dim, group: 64)
      var decoded = [UInt16](repeating: 0, count: x.count)
      braid_kv_decode_keys(coded.values, coded.scales, &decoded, 64, dim, 64)
      for place in x.indices where place % dim != 5 {
        #expect(abs(value(decoded[place]) - value(x[place])) < 0.01, isa)
      }
    }
  }

  @Test func zerosStayZeroAndTheLeastNumbersBecomeZero() {
    each { isa in
      for bits in [0, 0x8000, 1, bf16(0x1p-101)] as [UInt16] {
        let coded = values([UInt16](repeating: bits, count: 64), dim: 64)
        #expect(coded == Coded(values: [Int8](repeating: 0, count: 64), scales: [0]), isa)
        #expect(keys([bits], dim: 1, group: 1) == Coded(values: [0], scales: [0]), isa)
      }
    }
  }

  @Test func whatIsNoNumberIsNotMistakenForOne() {
    each { isa in
      for bits in [0x7f80, 0xff80, 0x7fc0] as [UInt16] {
        var x = [UInt16](repeating: bf16(1), count: 2 * 64)
        x[3] = bits
        let coded = values(x, dim: 64)
        var decoded = [UInt16](repeating: 0, count: x.count)
        braid_kv_decode_values(coded.values, coded.scales, &decoded, 2, 64)
        #expect(!value(decoded[3]).isFinite, isa)
        #expect(decoded[64...].allSatisfy { abs(value($0) - 1) < 0.01 }, isa)
        let coded2 = keys(x, dim: 64, group: 64)
        braid_kv_decode_keys(coded2.values, coded2.scales, &decoded, 2, 64, 64)
        #expect(!value(decoded[3]).isFinite, isa)
        #expect(abs(value(decoded[4]) - 1) < 0.01, isa)
      }
    }
  }
}
