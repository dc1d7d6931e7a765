internal import CKernels
internal import Testing

private let signed = Int32(BRAID_ROWS_S8)
private let unsigned = Int32(BRAID_ROWS_U8)
private let pairs = Int32(BRAID_ROWS_U8_PAIRS)

/// The steps around integer products, of every instruction set, against double precision.
@Suite struct QuantisationTests {
  private struct Rows {
    var values: [Int8]
    var scales: [Float]

    /// The numbers as products take them.
    func numbers(_ kind: Int32) -> [Int32] {
      values.map { kind != signed ? Int32(UInt8(bitPattern: $0)) : Int32($0) }
    }
  }

  private static let kinds = [signed, unsigned, pairs]

  private typealias Quantise = (
    UnsafePointer<Float>, Int32, UnsafeMutablePointer<Int8>, UnsafeMutablePointer<Float>, Int, Int,
    UnsafeMutablePointer<Float>
  ) -> Void

  private func quantised(_ x: [Float], dim: Int, _ kind: Int32 = signed, by quantise: Quantise) -> Rows {
    var rows = Rows(
      values: [Int8](repeating: 9, count: x.count),
      scales: [Float](repeating: 9, count: x.count / dim)
    )
    var room = [Float](repeating: 0, count: dim)
    quantise(x, kind, &rows.values, &rows.scales, x.count / dim, dim, &room)
    return rows
  }

  private func quantised(weights: [Float], dim: Int, _ kind: Int32) -> (rows: Rows, offsets: [Int32]) {
    var offsets = [Int32](repeating: 0, count: weights.count / dim)
    let rows = quantised(weights, dim: dim, kind) { x, kind, out, scales, count, dim, room in
      braid_quantise_weights(x, kind, out, scales, &offsets, count, dim, room)
    }
    return (rows, offsets)
  }

  /// The sums of products as a processor makes them.
  private func sums(_ a: Rows, _ b: Rows, dim: Int, _ kind: Int32) -> [Int32] {
    let (x, weights) = (a.numbers(kind), b.values.map { Int32($0) })
    var sums: [Int32] = []
    for row in a.scales.indices {
      for column in b.scales.indices {
        var (sum, pair): (Int32, Int32) = (0, 0)
        for i in 0..<dim {
          pair += x[row * dim + i] * weights[column * dim + i]
          guard !i.isMultiple(of: 2) || i == dim - 1 else { continue }
          sum += kind == pairs ? Int32(Int16(clamping: pair)) : pair
          pair = 0
        }
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

  @Test(arguments: [16, 17, 32, 48, 64, 96, 576, 896, 1536, 4864], kinds)
  func productsAreThoseOfTheRealNumbers(_ dim: Int, _ kind: Int32) {
    var generator = SeededGenerator(state: 5)
    let (rows, columns) = (6, 40)
    let x = generator.values(rows * dim)
    let weights = generator.values(columns * dim)
    let expected = product(x, weights, dim: dim)
    each { isa in
      let a = quantised(x, dim: dim, kind, by: braid_quantise_f32)
      let (b, offsets) = quantised(weights: weights, dim: dim, kind)
      var found = [Float](repeating: 1, count: rows * columns)
      let sums = sums(a, b, dim: dim, kind)
      let most = kind == pairs ? 0.02 : 0.015
      braid_dequantise_sums(
        sums,
        a.scales,
        b.scales,
        kind == signed ? nil : offsets,
        &found,
        rows,
        columns,
        0
      )
      #expect(error(found, expected) < most, isa)
      braid_dequantise_sums(
        sums,
        a.scales,
        b.scales,
        kind == signed ? nil : offsets,
        &found,
        rows,
        columns,
        1
      )
      #expect(error(found, expected.map { 2 * $0 }) < most, isa)
    }
  }

  /// Rows like a transformer's activations, for which rotation is made.
  @Test(arguments: kinds) func aLargeChannelDoesNotDrownTheOthers(_ kind: Int32) {
    var generator = SeededGenerator(state: 6)
    let (rows, columns, dim) = (6, 40, 576)
    var x = generator.values(rows * dim)
    for row in 0..<rows { x[row * dim + 77] = 20 }
    var weights = generator.values(columns * dim)
    for column in 0..<columns { weights[column * dim + 77] = 0.01 }
    let expected = product(x, weights, dim: dim)
    each { isa in
      let a = quantised(x, dim: dim, kind, by: braid_quantise_f32)
      let (b, offsets) = quantised(weights: weights, dim: dim, kind)
      var found = [Float](repeating: 1, count: rows * columns)
      let sums = sums(a, b, dim: dim, kind)
      braid_dequantise_sums(
        sums,
        a.scales,
        b.scales,
        kind == signed ? nil : offsets,
        &found,
        rows,
        columns,
        0
      )
      #expect(error(found, expected) < 0.03, isa)
    }
  }

  /// The largest numbers that there can be, all of one sign: the sums of two in 16 bits are right to the bit.
  @Test func noPairOfProductsSaturates() {
    let dim = 64
    // A single value is spread over its group by the rotation, with one magnitude.
    var (x, weights) = ([Float](repeating: 0, count: 2 * dim), [Float](repeating: 0, count: 2 * dim))
    (x[0], x[dim + 5], weights[0], weights[dim + 5]) = (3, 3, 2, -2)
    each { isa in
      let a = quantised(x, dim: dim, pairs, by: braid_quantise_f32)
      let (b, offsets) = quantised(weights: weights, dim: dim, pairs)
      #expect(a.numbers(pairs).max() == 255, isa)
      #expect(b.values.allSatisfy { -64...64 ~= $0 } && b.values.contains(64) && b.values.contains(-64), isa)
      let (numbers, own) = (a.numbers(pairs), b.values.map { Int32($0) })
      var exact: [Int32] = []
      for (row, column) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let products = (0..<dim).map { numbers[row * dim + $0] * own[column * dim + $0] }
        exact.append(products.reduce(0, +))
      }
      #expect(sums(a, b, dim: dim, pairs) == exact, isa)
      let totals = [own[..<dim].reduce(0, +), own[dim...].reduce(0, +)]
      #expect(offsets == totals.map { 128 * $0 }, isa)
      #expect(2 * 255 * 64 <= Int(Int16.max))
    }
  }

  @Test(arguments: kinds) func normAndQuantisationTogetherAreTheTwoInTurn(_ kind: Int32) {
    var generator = SeededGenerator(state: 7)
    let (rows, dim) = (5, 576)
    let (x, weight) = (generator.values(rows * dim, 3), generator.values(dim))
    each { isa in
      var normed = [Float](repeating: 0, count: x.count)
      braid_rmsnorm_f32(x, weight, &normed, rows, dim, 1e-5)
      let expected = quantised(normed, dim: dim, kind, by: braid_quantise_f32)
      let found = quantised(x, dim: dim, kind) { braid_rmsnorm_s8($0, weight, $1, $2, $3, $4, $5, 1e-5, $6) }
      #expect(found.scales == expected.scales, isa)
      #expect(found.values == expected.values, isa)
      let narrow = quantised(normed, dim: dim, kind) { from, kind, to, scales, rows, dim, room in
        braid_quantise_bf16((0..<rows * dim).map { bf16(from[$0]) }, kind, to, scales, rows, dim, room)
      }
      for (a, b) in zip(narrow.scales, expected.scales) { #expect(abs(a / b - 1) < 0.01, isa) }
    }
  }

  @Test(arguments: [5, 96, 1536], [(false, signed), (true, signed), (false, unsigned), (true, unsigned)])
  func gatedActivationOfSums(_ width: Int, _ way: (isGelu: Bool, kind: Int32)) {
    let (isGelu, kind) = way
    var generator = SeededGenerator(state: 8)
    let rows = 3
    let rowScales = generator.values(rows).map { abs($0) + 0.1 }
    let columnScales = generator.values(2 * width).map { (abs($0) + 0.1) * 1e-3 }
    let sums = generator.values(rows * 2 * width, 3000).map { Int32($0) }
    let offsets = generator.values(2 * width, 3000).map { kind == signed ? 0 : Int32($0) }
    // Gate and up as the sums stand for them, in turn through the f32 kernels.
    let gateUp = sums.indices.map { i in
      Float(sums[i] - offsets[i % (2 * width)]) * (rowScales[i / (2 * width)] * columnScales[i % (2 * width)])
    }
    each { isa in
      var gated = [Float](repeating: 9, count: rows * width)
      (isGelu ? braid_gelu_mul_f32 : braid_silu_mul_f32)(gateUp, &gated, rows, width)
      let expected = quantised(gated, dim: width, kind, by: braid_quantise_f32)
      var values = [Int8](repeating: 9, count: rows * width)
      var scales = [Float](repeating: 9, count: rows)
      var room = [Float](repeating: 0, count: width)
      let gate = isGelu ? braid_gelu_mul_sums_s8 : braid_silu_mul_sums_s8
      gate(
        sums,
        rowScales,
        columnScales,
        kind == signed ? nil : offsets,
        &values,
        &scales,
        rows,
        width,
        &room
      )
      for (a, b) in zip(scales, expected.scales) { #expect(abs(a / b - 1) < 1e-5, isa) }
      let found = Rows(values: values, scales: scales).numbers(kind)
      for (a, b) in zip(found, expected.numbers(kind)) { #expect(abs(a - b) <= 1, isa) }
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
