internal import CKernels
internal import Foundation
internal import Testing

/// Attention over sketches: the logits by codes, held against plain arithmetic over the same codes.
@Suite struct SketchAttentionTests {
  /// The sizes of a case: channels of a head, those of each run of the sketch, keys, rows of queries.
  struct Sizes: Sendable {
    var dim: Int
    var run: Int
    var keys: Int
    var rows: Int
    var scale: Float = 1
  }

  /// A sketch of random codes, and random queries.
  private struct Case {
    let sizes: Sizes
    var queries: [Float]
    var mean: [Float]
    var steps: [Float]
    var codes: [UInt8]

    init(_ sizes: Sizes) {
      self.sizes = sizes
      var generator = SeededGenerator(state: UInt64(sizes.keys + 7 * sizes.rows + sizes.run))
      queries = generator.values(sizes.rows * sizes.dim, sizes.scale)
      mean = generator.values(sizes.dim, 2)
      steps = generator.values(2 * sizes.run, 0.3).map(abs)
      codes = (0..<sizes.keys * sizes.run).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// The kept channels: the last of either half.
    var starts: (Int32, Int32) { (Int32(sizes.dim / 2 - sizes.run), Int32(sizes.dim - sizes.run)) }

    /// The logits of a row by plain arithmetic.
    func logits(row: Int) -> [Double] {
      let q = queries[row * sizes.dim..<(row + 1) * sizes.dim].map(Double.init)
      let run = sizes.run
      let channels = Array(sizes.dim / 2 - run..<sizes.dim / 2) + Array(sizes.dim - run..<sizes.dim)
      let exact = zip(channels, steps).map { q[$0] * Double($1) }
      let unit = (exact.map(abs).max() ?? 0) / 127
      let rounded = exact.map { unit > 0 ? ($0 / unit).rounded(.toNearestOrEven) * unit : 0 }
      let constant = zip(q, mean).reduce(0.0) { $0 + $1.0 * Double($1.1) }
      return (0..<sizes.keys).map { key in
        let bytes = codes[key * run..<(key + 1) * run]
        let numbers = bytes.map { Double($0 & 15) } + bytes.map { Double($0 >> 4) }
        return constant + zip(rounded, numbers).reduce(0) { $0 + $1.0 * ($1.1 - 7.5) }
      }
    }
  }

  private struct Result {
    var maximum: [Float]
    var sum: [Float]
    var energy: [Float]
    var top: [[Float]]
  }

  private func attend(_ input: Case, withEnergy: Bool = true) -> Result {
    var input = input
    let (rows, groups) = (input.sizes.rows, braid_sketch_groups(input.sizes.run))
    var numbers = [Int8](repeating: 99, count: rows * groups * 4)
    var (scales, constants) = ([Float](repeating: .nan, count: rows), [Float](repeating: .nan, count: rows))
    var (m, l, e) = (scales, scales, scales)
    var top = [Float](repeating: .nan, count: rows * 5)
    let bytes = braid_sketch_scratch(input.sizes.run, input.sizes.keys)
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    defer { scratch.deallocate() }
    let (queries, starts, sizes) = (input.queries, input.starts, input.sizes)
    input.mean.withUnsafeMutableBufferPointer { mean in
      input.steps.withUnsafeMutableBufferPointer { steps in
        input.codes.withUnsafeMutableBufferPointer { codes in
          numbers.withUnsafeMutableBufferPointer { numbers in
            scales.withUnsafeMutableBufferPointer { scales in
              constants.withUnsafeMutableBufferPointer { constants in
                var sketch = braid_key_sketch()
                (sketch.count, sketch.dim, sketch.run) = (
                  Int32(sizes.keys), Int32(sizes.dim), Int32(sizes.run)
                )
                (sketch.first, sketch.mean) = (starts, mean.baseAddress)
                (sketch.steps, sketch.codes) = (steps.baseAddress, codes.baseAddress)
                var converted = braid_sketch_query(
                  numbers: numbers.baseAddress,
                  scales: scales.baseAddress,
                  constants: constants.baseAddress
                )
                braid_sketch_round(queries, rows, &sketch, &converted)
                e.withUnsafeMutableBufferPointer { e in
                  let energy = withEnergy ? e.baseAddress : nil
                  braid_attend_sketch(&sketch, &converted, rows, &m, &l, energy, &top, scratch)
                }
              }
            }
          }
        }
      }
    }
    return Result(
      maximum: m,
      sum: l,
      energy: e,
      top: (0..<rows).map { Array(top[$0 * 5..<$0 * 5 + 5]) }
    )
  }

  @Test(
    arguments: [
      Sizes(dim: 64, run: 12, keys: 1024, rows: 3), Sizes(dim: 64, run: 12, keys: 1, rows: 1),
      Sizes(dim: 64, run: 12, keys: 3, rows: 6), Sizes(dim: 64, run: 12, keys: 1025, rows: 5),
      Sizes(dim: 64, run: 12, keys: 2100, rows: 2, scale: 9), Sizes(dim: 80, run: 15, keys: 47, rows: 4),
      Sizes(dim: 16, run: 3, keys: 33, rows: 7), Sizes(dim: 256, run: 48, keys: 130, rows: 3),
      Sizes(dim: 512, run: 96, keys: 17, rows: 2), Sizes(dim: 64, run: 12, keys: 20, rows: 2, scale: 0),
      Sizes(dim: 64, run: 12, keys: 21, rows: 3, scale: 1e-9),
    ]
  )
  func theSoftmaxIsThatOfTheCodes(_ sizes: Sizes) {
    let input = Case(sizes)
    each { isa in
      let found = attend(input)
      for row in 0..<sizes.rows {
        let logits = input.logits(row: row)
        let highest = logits.max() ?? 0
        let weights = logits.map { exp($0 - highest) }
        let sum = weights.reduce(0, +)
        let tolerance = 1e-4 * max(1, abs(highest))
        #expect(abs(Double(found.maximum[row]) - highest) < tolerance, isa)
        #expect(abs(Double(found.sum[row]) / sum - 1) < 1e-3, isa)
        let energy = zip(weights, logits).reduce(0) { $0 + $1.0 * $1.1 } / sum
        #expect(abs(Double(found.energy[row]) / Double(found.sum[row]) - energy) < 10 * tolerance, isa)
        let largest = logits.sorted(by: >).prefix(5)
        for (a, b) in zip(found.top[row], largest) { #expect(abs(Double(a) - b) < tolerance, isa) }
        for missing in found.top[row].dropFirst(largest.count) { #expect(missing == -.infinity, isa) }
      }
    }
  }

  @Test func anEnergyThatNobodyReadsIsNotWritten() {
    let input = Case(Sizes(dim: 64, run: 12, keys: 900, rows: 9))
    each { isa in
      let (all, some) = (attend(input), attend(input, withEnergy: false))
      #expect(some.top == all.top && some.maximum == all.maximum && some.sum == all.sum, isa)
      #expect(some.energy.allSatisfy { $0.isNaN }, isa)
    }
  }
}
