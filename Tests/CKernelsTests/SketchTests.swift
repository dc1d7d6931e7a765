internal import CKernels
internal import Testing

/// Sketches of keys: codes, and logits by them.
@Suite struct SketchTests {
  private struct Sketch {
    var mean: [Float]
    var steps: [Float]
    var codes: [UInt8]
  }

  private static let (dim, run, padded) = (64, 12, 32)
  private static let starts: (Int32, Int32) = (20, 52)
  private static let channels = Array(20..<32) + Array(52..<64)

  private func values(_ count: Int, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(state: seed)
    return generator.values(count, 2)
  }

  /// Hands a call the pointers that it needs.
  private func with<Result>(
    _ sketch: inout Sketch,
    keys: [Float],
    _ body: (inout braid_key_sketch) -> Result
  ) -> Result {
    let count = sketch.codes.count / Self.run
    return keys.withUnsafeBytes { keys in
      sketch.mean.withUnsafeMutableBufferPointer { mean in
        sketch.steps.withUnsafeMutableBufferPointer { steps in
          sketch.codes.withUnsafeMutableBufferPointer { codes in
            var call = braid_key_sketch(
              keys: keys.baseAddress,
              is_f32: 1,
              count: Int32(count),
              dim: Int32(Self.dim),
              first: Self.starts,
              run: Int32(Self.run),
              mean: mean.baseAddress,
              steps: steps.baseAddress,
              codes: codes.baseAddress
            )
            return body(&call)
          }
        }
      }
    }
  }

  private func sketch(_ keys: [Float]) -> Sketch {
    var sketch = Sketch(
      mean: Array(repeating: 0, count: Self.dim),
      steps: Array(repeating: 0, count: 2 * Self.run),
      codes: Array(repeating: 0, count: keys.count / Self.dim * Self.run)
    )
    with(&sketch, keys: keys) { braid_sketch_keys(&$0) }
    return sketch
  }

  private func unpacked(_ sketch: Sketch) -> [Float] {
    let count = sketch.codes.count / Self.run
    var out = [UInt16](repeating: 0xffff, count: count * Self.padded)
    braid_unpack_sketch(sketch.codes, count, Self.run, Self.padded, &out)
    return out.map(value)
  }

  @Test(arguments: [1, 2, 31, 300]) func aCodeStandsForTheMiddleOfItsStep(_ count: Int) {
    let keys = values(count * Self.dim, seed: UInt64(count))
    each { isa in
      let sketch = sketch(keys)
      let codes = unpacked(sketch)
      for token in 0..<count {
        for (i, channel) in Self.channels.enumerated() {
          let found = sketch.mean[channel] + codes[token * Self.padded + i] * sketch.steps[i]
          #expect(abs(found - keys[token * Self.dim + channel]) <= sketch.steps[i] * 0.5 + 1e-5, isa)
        }
        for i in 2 * Self.run..<Self.padded { #expect(codes[token * Self.padded + i] == 0, isa) }
      }
    }
  }

  /// A value out of reach gets the outermost code, on its side.
  @Test func whatLiesFarOutIsNotMistaken() {
    var keys = [Float](repeating: 0, count: 200 * Self.dim)
    for i in 0..<Self.dim {
      keys[7 * Self.dim + i] = 1000
      keys[8 * Self.dim + i] = -1000
    }
    let codes = unpacked(sketch(keys))
    for i in 0..<2 * Self.run {
      #expect(codes[7 * Self.padded + i] == 7.5)
      #expect(codes[8 * Self.padded + i] == -7.5)
      #expect(abs(codes[9 * Self.padded + i]) == 0.5)
    }
  }

  @Test func keysThatAreAllAlikeAreTheirMean() {
    let keys = (0..<40).flatMap { _ in (0..<Self.dim).map { Float($0) } }
    let sketch = sketch(keys)
    for (i, channel) in Self.channels.enumerated() {
      #expect(sketch.mean[channel] == Float(channel))
      #expect(sketch.steps[i] * 8 < 1e-10)
    }
  }

  /// q mean + sum over the sketch's channels of (q step) code.
  @Test func logitsOfASketchAreAProductAndAConstant() {
    let rows = 5
    let keys = values(33 * Self.dim, seed: 3)
    let queries = values(rows * Self.dim, seed: 4)
    each { isa in
      var sketch = sketch(keys)
      var constants = [Float](repeating: 0, count: rows)
      var plain = [Float](repeating: .nan, count: rows * Self.padded)
      var rounded = [UInt16](repeating: 0xffff, count: rows * Self.padded)
      let steps = sketch.steps
      let mean = sketch.mean
      with(&sketch, keys: keys) { call in
        braid_sketch_queries_f32(queries, rows, &call, Self.padded, &constants, &plain)
        braid_sketch_queries_bf16(queries, rows, &call, Self.padded, &constants, &rounded)
      }
      for row in 0..<rows {
        let q = queries[row * Self.dim..<(row + 1) * Self.dim].map(Double.init)
        let constant = zip(q, mean).reduce(0.0) { $0 + $1.0 * Double($1.1) }
        #expect(abs(Double(constants[row]) - constant) < 1e-4, isa)
        for i in 0..<Self.padded {
          let expected = i < 2 * Self.run ? q[Self.channels[i]] * Double(steps[i]) : 0
          #expect(abs(Double(plain[row * Self.padded + i]) - expected) < 1e-5, isa)
          let found = Double(value(rounded[row * Self.padded + i]))
          #expect(abs(found - expected) <= abs(expected) / 250, isa)
        }
      }
    }
  }

  /// All logits a constant higher: maximum and largest logits by it, the energy by as much as there is weight.
  @Test func aSoftmaxIsShifted() {
    var (m, e): ([Float], [Float]) = ([1, -2], [3, 4])
    var top: [Float] = [1, 0, -.infinity, -.infinity, -.infinity, -2, -3, -4, -5, -6]
    braid_shift_softmax([2, -1], 2, &m, [5, 7], &e, &top)
    #expect(m == [3, -3])
    #expect(e == [13, -3])
    #expect(top == [3, 2, -.infinity, -.infinity, -.infinity, -3, -4, -5, -6, -7])
  }
}
