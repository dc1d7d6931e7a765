internal import CKernels
internal import Foundation
internal import Testing

/// The row-wise kernels of every instruction set against double precision, on sizes that fill no vector.
@Suite struct ElementwiseTests {
  @Test(arguments: [1, 7, 48, 64, 67, 576]) func rootMeanSquareNorm(_ dim: Int) {
    var generator = SeededGenerator(state: 1)
    let rows = 3
    let x = generator.values(rows * dim, 3)
    let weight = generator.values(dim)
    let expected = x.indices.map { i in
      let row = x[i / dim * dim..<(i / dim + 1) * dim]
      let mean = row.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(dim)
      return Double(x[i]) * Double(weight[i % dim]) / (mean + 1e-5).squareRoot()
    }
    each { isa in
      var wide = [Float](repeating: 9, count: x.count)
      braid_rmsnorm_f32(x, weight, &wide, rows, dim, 1e-5)
      #expect(difference(wide, expected) < 1e-5, isa)
      var narrow = [UInt16](repeating: 9, count: x.count)
      braid_rmsnorm_bf16(x, weight, &narrow, rows, dim, 1e-5)
      #expect(difference(narrow.map(value), expected) < 2e-2, isa)
    }
  }

  @Test(arguments: [1, 7, 64, 80, 576]) func normsAreAddedAndAreTakenInPlace(_ dim: Int) {
    var generator = SeededGenerator(state: 3)
    let (rows, heads, stride) = (2, 3, 3 * dim + 5)
    let x = generator.values(rows * stride, 2)
    let weight = generator.values(dim)
    let base = generator.values(rows * dim)
    func normed(_ start: Int) -> [Double] {
      let row = x[start..<start + dim].map { Double($0) }
      let mean = row.reduce(0.0) { $0 + $1 * $1 } / Double(dim)
      return row.indices.map { row[$0] * Double(weight[$0]) / (mean + 1e-5).squareRoot() }
    }
    var inPlace = x.map { Double($0) }
    for row in 0..<rows {
      for head in 0..<heads {
        let start = row * stride + head * dim
        inPlace.replaceSubrange(start..<start + dim, with: normed(start))
      }
    }
    let rowsOfX = (0..<rows).flatMap { x[$0 * stride..<$0 * stride + dim] }
    let added = (0..<rows).flatMap { row in
      normed(row * stride).enumerated().map { Double(base[row * dim + $0.offset]) + $0.element }
    }
    each { isa in
      var values = x
      braid_rmsnorm_heads_f32(&values, stride, weight, rows, heads, dim, 1e-5)
      #expect(difference(values, inPlace) < 1e-5, isa)
      var sum = base
      braid_rmsnorm_add_f32(rowsOfX, weight, &sum, rows, dim, 1e-5)
      #expect(difference(sum, added) < 1e-5, isa)
    }
  }

  @Test(arguments: [1, 31, 64, 67]) func cappedValues(_ count: Int) {
    var generator = SeededGenerator(state: 4)
    let x = generator.values(count, 50)
    let expected = x.map { 7 * tanh(Double($0) / 7) }
    each { isa in
      var values = x
      braid_cap_f32(&values, count, 7)
      #expect(difference(values, expected) < 1e-4, isa)
    }
  }

  @Test(arguments: [(6, 0), (40, 0), (64, 0), (6, 1), (40, 1), (64, 1)])
  func rotation(_ dim: Int, _ interleaved: Int32) {
    var generator = SeededGenerator(state: 2)
    let (rows, heads, half) = (3, 2, dim / 2)
    let x = generator.values(rows * heads * dim)
    let angles = generator.values(rows * half, 3)
    var cosine = [Float](repeating: 0, count: rows * dim)
    var sine = cosine
    var expected = [Double](repeating: 0, count: x.count)
    for row in 0..<rows {
      for i in 0..<half {
        let (a, b) = interleaved == 1 ? (2 * i, 2 * i + 1) : (i, i + half)
        let angle = angles[row * half + i]
        for j in [a, b] { cosine[row * dim + j] = cos(angle) }
        sine[row * dim + a] = -sin(angle)
        sine[row * dim + b] = sin(angle)
        for head in 0..<heads {
          let start = (row * heads + head) * dim
          let (p, q) = (Double(x[start + a]), Double(x[start + b]))
          let (c, s) = (cos(Double(angle)), sin(Double(angle)))
          expected[start + a] = (p * c - q * s) / 2
          expected[start + b] = (q * c + p * s) / 2
        }
      }
    }
    let step = heads * dim
    each { isa in
      var wide = [Float](repeating: 9, count: x.count)
      braid_rope_f32(x, step, &wide, step, dim, cosine, sine, dim, rows, heads, dim, interleaved, 0.5)
      #expect(difference(wide, expected) < 1e-5, isa)
      var narrow = [UInt16](repeating: 9, count: x.count)
      braid_rope_bf16(x, step, &narrow, step, dim, cosine, sine, dim, rows, heads, dim, interleaved, 0.5)
      #expect(difference(narrow.map(value), expected) < 5e-3, isa)
    }
  }

  @Test(arguments: [1, 7, 64, 67]) func gatedActivation(_ width: Int) {
    var generator = SeededGenerator(state: 3)
    let rows = 3
    let gateUp = generator.values(rows * 2 * width, 90).map { value(bf16($0)) }
    let expected = (0..<rows * width).map { i in
      let row = i / width * 2 * width
      let gate = Double(gateUp[row + i % width])
      return gate / (1 + exp(-gate)) * Double(gateUp[row + width + i % width])
    }
    each { isa in
      var wide = [Float](repeating: 9, count: expected.count)
      braid_silu_mul_f32(gateUp, &wide, rows, width)
      #expect(zip(wide, expected).allSatisfy { abs(Double($0) - $1) <= 1e-6 * abs($1) + 1e-30 }, isa)
      var narrow = [UInt16](repeating: 9, count: expected.count)
      braid_silu_mul_bf16(gateUp.map(bf16), &narrow, rows, width)
      #expect(
        zip(narrow.map(value), expected).allSatisfy { abs(Double($0) - $1) <= 5e-3 * abs($1) + 1e-30 },
        isa
      )
    }
  }

  @Test(arguments: [1, 31, 32, 67]) func gaussianGate(_ width: Int) {
    var generator = SeededGenerator(state: 6)
    let rows = 3
    let gateUp = generator.values(rows * 2 * width, 12).map { value(bf16($0)) }
    let expected = (0..<rows * width).map { i in
      let row = i / width * 2 * width
      let x = Double(gateUp[row + i % width])
      let gate = x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
      return gate * Double(gateUp[row + width + i % width])
    }
    each { isa in
      var wide = [Float](repeating: 9, count: expected.count)
      braid_gelu_mul_f32(gateUp, &wide, rows, width)
      #expect(zip(wide, expected).allSatisfy { abs(Double($0) - $1) <= 1e-5 * abs($1) + 1e-6 }, isa)
      var narrow = [UInt16](repeating: 9, count: expected.count)
      braid_gelu_mul_bf16(gateUp.map(bf16), &narrow, rows, width)
      #expect(
        zip(narrow.map(value), expected).allSatisfy { abs(Double($0) - $1) <= 5e-3 * abs($1) + 1e-6 },
        isa
      )
    }
  }

  /// Values at which exponentials leave the range of f32, and zeros.
  @Test func gatedActivationOfExtremes() {
    let gates: [Float] = [-3e4, -200, -104, -88, 88, 200, 3e4, 0, -0.0, 1e-20]
    let ups = gates.map { _ in Float(3) }
    let expected = gates.map { 3 * Double($0) / (1 + exp(-Double($0))) }
    each { isa in
      var narrow = [UInt16](repeating: 9, count: gates.count)
      braid_silu_mul_bf16((gates + ups).map(bf16), &narrow, 1, gates.count)
      #expect(
        zip(narrow.map(value), expected).allSatisfy { abs(Double($0) - $1) <= 1e-2 * abs($1) + 1e-30 },
        isa
      )
    }
  }

  @Test(arguments: [1, 7, 64, 67]) func copiesSumsAndTheLargest(_ dim: Int) {
    var generator = SeededGenerator(state: 4)
    let (rows, heads) = (3, 2)
    let x = generator.values(rows * heads * dim)
    let bias = generator.values(heads * dim)
    // Head by head instead of row by row.
    var scattered: [Float] = []
    for head in 0..<heads {
      for row in 0..<rows { scattered += x[(row * heads + head) * dim..<(row * heads + head + 1) * dim] }
    }
    let biased = x.indices.map { x[$0] + bias[$0 % bias.count] }
    let halved = x.indices.map { Double(x[$0]) / 2 + Double(bias[$0 % bias.count]) }
    each { isa in
      var wide = [Float](repeating: 9, count: x.count)
      braid_scatter_f32(x, heads * dim, &wide, dim, rows * dim, rows, heads, dim)
      #expect(wide == scattered, isa)
      var narrow = [UInt16](repeating: 9, count: x.count)
      braid_scatter_bf16(x, heads * dim, &narrow, dim, rows * dim, rows, heads, dim)
      #expect(narrow == scattered.map(bf16), isa)

      var sum = x
      braid_add_bias_f32(&sum, bias, rows, heads * dim)
      #expect(sum == biased, isa)
      braid_add_scaled_f32(&sum, x, -0.5, x.count)
      #expect(difference(sum, halved) < 1e-6, isa)

      #expect(braid_argmax_f32(x, x.count) == x.firstIndex(of: x.max() ?? 0), isa)
      #expect(braid_argmax_f32([1, 3, 3], 3) == 1 && braid_argmax_f32([], 0) == 0, isa)
    }
  }

  @Test func attentionIsDividedBySumsAndPutInPlace() {
    var generator = SeededGenerator(state: 5)
    let (tokens, group, dim, width) = (3, 2, 64, 200)
    let o = generator.values(tokens * group * dim)
    let sums: [Float] = [1, 2, 0, 4, 0.5, 8]
    var expected = [Double](repeating: 0, count: tokens * width)
    for i in o.indices where sums[i / dim] > 0 {
      let row = i / dim
      expected[row / group * width + row % group * dim + i % dim] = Double(o[i]) / Double(sums[row])
    }
    each { isa in
      var wide = [Float](repeating: 0, count: expected.count)
      braid_attention_finish_f32(o, sums, &wide, sums.count, group, dim, width)
      #expect(difference(wide, expected) < 1e-6, isa)
      var narrow = [UInt16](repeating: 0, count: expected.count)
      braid_attention_finish_bf16(o, sums, &narrow, sums.count, group, dim, width)
      #expect(difference(narrow.map(value), expected) < 1e-2, isa)
    }
  }
}
