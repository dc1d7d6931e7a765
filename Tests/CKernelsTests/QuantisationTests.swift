internal import CKernels
internal import Testing

private let signed = Int32(BRAID_ROWS_S8)
private let unsigned = Int32(BRAID_ROWS_U8)
private let words = Int32(BRAID_ROWS_U8_WORDS)

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

  private static let kinds = [signed, unsigned, words]

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

  /// The sums of products.
  private func sums(_ a: Rows, _ b: Rows, dim: Int, _ kind: Int32) -> [Int32] {
    let (x, weights) = (a.numbers(kind), b.values.map { Int32($0) })
    var sums: [Int32] = []
    for row in a.scales.indices {
      for column in b.scales.indices {
        sums.append((0..<dim).reduce(0) { $0 + x[row * dim + $1] * weights[column * dim + $1] })
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
      let most = kind == words ? 0.025 : 0.015
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
      #expect(error(found, expected) < (kind == words ? 0.035 : 0.03), isa)
    }
  }

  /// Large weights of one sign in each word in turn, the last and broken ones too. Zeros beside them lower the root mean
  /// square, so that the large ones would be more than fit.
  @Test(arguments: [65, 69, 71, 1001])
  func noWordOverflows(_ dim: Int) {
    // No rotation mixes an odd number of values.
    var places: [[Int]] = []
    for group in stride(from: 0, to: dim, by: 8) {
      for word in [group, group + 2] {
        let inputs: [Int] = [word, word + 1, word + 4, word + 5].filter { $0 < dim }
        if inputs.count > 1 { places.append(inputs) }
      }
    }
    let signs: [Float] = [1, -1]
    var weights: [Float] = []
    for word in places {
      for sign in signs {
        var row = [Float](repeating: 0, count: dim)
        for input in word { row[input] = sign }
        weights += row
      }
    }
    each { isa in
      let (numbers, offsets) = quantised(weights: weights, dim: dim, words)
      for (row, word) in places.flatMap({ [$0, $0] }).enumerated() {
        let own = numbers.values[row * dim..<(row + 1) * dim].map { Int($0) }
        let sum = own.reduce(0, +)
        // Two of 127 are more than 207, too.
        #expect(sum == (row.isMultiple(of: 2) ? 207 : -207), isa)
        #expect(own.indices.allSatisfy { own[$0] == 0 || word.contains($0) }, isa)
        #expect(Int(offsets[row]) == 79 * sum, isa)
      }
    }
    #expect(Int(BRAID_WORD_MOST) * 158 <= Int(Int16.max))
  }

  @Test func numbersOfRowsFitTheirKind() {
    var x = [Float](repeating: 0, count: 64)
    // Rotation makes a single value one of one magnitude in its whole group, and of both signs unless it is the first.
    x[1] = 3
    each { isa in
      let row = quantised(x, dim: 64, words, by: braid_quantise_f32).numbers(words)
      #expect(row.allSatisfy { $0 == 0 || $0 == 158 } && row.contains(0) && row.contains(158), isa)
    }
  }

  /// The root mean square of 63 weights, of which 5 are 1 or -1, becomes 28 where these are 99, and that of 3
  /// where they are 127, the most. Of a word's weights of one sign 207 are left.
  @Test func weightsThatDoNotFitAreLoweredAlike() {
    // No rotation mixes an odd number of values.
    let dim = 63
    var weights = [Float](repeating: 0, count: 2 * dim)
    for i in [0, 1, 4, 5] { weights[i] = 1 }
    weights[3] = -1
    for i in [0, 4, 5] { weights[dim + i] = 1 }
    each { isa in
      let (rows, offsets) = quantised(weights: weights, dim: dim, words)
      let values = rows.values.map { Int($0) }
      #expect(values[..<7].sorted() == [-99, 0, 0, 51, 52, 52, 52], isa)
      #expect(values[dim..<dim + 8].sorted() == [0, 0, 0, 0, 0, 69, 69, 69], isa)
      #expect(offsets == [8532, 16353], isa)
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

  @Test(arguments: [5, 96, 1536], [false, true].flatMap { gelu in kinds.map { (gelu, $0) } })
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
        kind,
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

  @Test(arguments: kinds) func aRowOfZerosStaysZero(_ kind: Int32) {
    let zeros = [Float](repeating: 0, count: 64)
    let zero: Int32 = kind == signed ? 0 : kind == unsigned ? 128 : 79
    each { isa in
      let rows = quantised(zeros, dim: 64, kind, by: braid_quantise_f32)
      #expect(rows.numbers(kind).allSatisfy { $0 == zero }, isa)
      #expect(rows.scales == [0], isa)
      let (weights, offsets) = quantised(weights: zeros, dim: 64, kind)
      #expect(weights.values.allSatisfy { $0 == 0 } && weights.scales == [0] && offsets == [0], isa)
    }
  }
}
