internal import CKernels
internal import Testing

/// The steps around integer products, of every instruction set, against double precision.
@Suite struct QuantisationTests {
  private struct Rows {
    var values: [Int8]
    var scales: [Float]
  }

  private typealias Quantise = (
    UnsafePointer<Float>, UnsafeMutablePointer<Int8>, UnsafeMutablePointer<Float>, Int, Int,
    UnsafeMutablePointer<Float>
  ) -> Void

  private func quantised(_ x: [Float], dim: Int, by quantise: Quantise) -> Rows {
    var rows = Rows(
      values: [Int8](repeating: 9, count: x.count),
      scales: [Float](repeating: 9, count: x.count / dim)
    )
    var room = [Float](repeating: 0, count: dim)
    quantise(x, &rows.values, &rows.scales, x.count / dim, dim, &room)
    return rows
  }

  private func sums(_ a: Rows, _ b: Rows, dim: Int) -> [Int32] {
    var sums: [Int32] = []
    for row in a.scales.indices {
      for column in b.scales.indices {
        var sum: Int32 = 0
        for i in 0..<dim { sum += Int32(a.values[row * dim + i]) * Int32(b.values[column * dim + i]) }
        sums.append(sum)
      }
    }
    return sums
  }

  private func product(_ a: [Float], _ b: [Float], dim: Int) -> [Double] {
    var products: [Double] = []
    for row in 0..<a.count / dim {
      for column in 0..<b.count / dim {
        var sum = 0.0
        for i in 0..<dim { sum += Double(a[row * dim + i]) * Double(b[column * dim + i]) }
        products.append(sum)
      }
    }
    return products
  }

  /// The root of the mean square of what is wrong, in parts of the root of the mean square of what is right.
  private func error(_ found: [Float], _ expected: [Double]) -> Double {
    var (wrong, right) = (0.0, 0.0)
    for (a, b) in zip(found, expected) {
      wrong += (Double(a) - b) * (Double(a) - b)
      right += b * b
    }
    return (wrong / right).squareRoot()
  }

  @Test(arguments: [17, 64, 96, 576, 1536]) func productsAreThoseOfTheRealNumbers(_ dim: Int) {
    var generator = SeededGenerator(state: 5)
    let (rows, columns) = (6, 40)
    let x = generator.values(rows * dim)
    let weights = generator.values(columns * dim)
    let expected = product(x, weights, dim: dim)
    each { isa in
      let a = quantised(x, dim: dim, by: braid_quantise_f32)
      let b = quantised(weights, dim: dim, by: braid_quantise_weights)
      var found = [Float](repeating: 1, count: rows * columns)
      let sums = sums(a, b, dim: dim)
      braid_dequantise_sums(sums, a.scales, b.scales, &found, rows, columns, 0)
      #expect(error(found, expected) < 0.015, isa)
      braid_dequantise_sums(sums, a.scales, b.scales, &found, rows, columns, 1)
      #expect(error(found, expected.map { 2 * $0 }) < 0.015, isa)
    }
  }

  /// Rows like a transformer's activations, for which rotation is made.
  @Test func aLargeChannelDoesNotDrownTheOthers() {
    var generator = SeededGenerator(state: 6)
    let (rows, columns, dim) = (6, 40, 576)
    var x = generator.values(rows * dim)
    for row in 0..<rows { x[row * dim + 77] = 20 }
    var weights = generator.values(columns * dim)
    for column in 0..<columns { weights[column * dim + 77] = 0.01 }
    let expected = product(x, weights, dim: dim)
    each { isa in
      let a = quantised(x, dim: dim, by: braid_quantise_f32)
      let b = quantised(weights, dim: dim, by: braid_quantise_weights)
      var found = [Float](repeating: 1, count: rows * columns)
      braid_dequantise_sums(sums(a, b, dim: dim), a.scales, b.scales, &found, rows, columns, 0)
      #expect(error(found, expected) < 0.025, isa)
    }
  }

  @Test func normAndQuantisationTogetherAreTheTwoInTurn() {
    var generator = SeededGenerator(state: 7)
    let (rows, dim) = (5, 576)
    let (x, weight) = (generator.values(rows * dim, 3), generator.values(dim))
    each { isa in
      var normed = [Float](repeating: 0, count: x.count)
      braid_rmsnorm_f32(x, weight, &normed, rows, dim, 1e-5)
      let expected = quantised(normed, dim: dim, by: braid_quantise_f32)
      let found = quantised(x, dim: dim) { braid_rmsnorm_s8($0, weight, $1, $2, $3, $4, 1e-5, $5) }
      #expect(found.scales == expected.scales, isa)
      #expect(found.values == expected.values, isa)
      let narrow = quantised(normed, dim: dim) { from, to, scales, rows, dim, room in
        braid_quantise_bf16((0..<rows * dim).map { bf16(from[$0]) }, to, scales, rows, dim, room)
      }
      for (a, b) in zip(narrow.scales, expected.scales) { #expect(abs(a / b - 1) < 0.01, isa) }
    }
  }

  @Test(arguments: [5, 96, 1536], [false, true]) func gatedActivationOfSums(_ width: Int, _ isGelu: Bool) {
    var generator = SeededGenerator(state: 8)
    let rows = 3
    let rowScales = generator.values(rows).map { abs($0) + 0.1 }
    let columnScales = generator.values(2 * width).map { (abs($0) + 0.1) * 1e-3 }
    let sums = generator.values(rows * 2 * width, 3000).map { Int32($0) }
    // Gate and up as the sums stand for them, in turn through the f32 kernels.
    let gateUp = sums.indices.map { i in
      Float(sums[i]) * (rowScales[i / (2 * width)] * columnScales[i % (2 * width)])
    }
    each { isa in
      var gated = [Float](repeating: 9, count: rows * width)
      (isGelu ? braid_gelu_mul_f32 : braid_silu_mul_f32)(gateUp, &gated, rows, width)
      let expected = quantised(gated, dim: width, by: braid_quantise_f32)
      var values = [Int8](repeating: 9, count: rows * width)
      var scales = [Float](repeating: 9, count: rows)
      var room = [Float](repeating: 0, count: width)
      let gate = isGelu ? braid_gelu_mul_sums_s8 : braid_silu_mul_sums_s8
      gate(sums, rowScales, columnScales, &values, &scales, rows, width, &room)
      for (a, b) in zip(scales, expected.scales) { #expect(abs(a / b - 1) < 1e-5, isa) }
      for (a, b) in zip(values, expected.values) { #expect(abs(Int(a) - Int(b)) <= 1, isa) }
    }
  }

  @Test func aRowOfZerosStaysZero() {
    each { isa in
      let rows = quantised([Float](repeating: 0, count: 64), dim: 64, by: braid_quantise_f32)
      #expect(rows.values == [Int8](repeating: 0, count: 64), isa)
      #expect(rows.scales == [0], isa)
    }
  }
}
