internal import CKernels
internal import Testing

/// Sketches of keys: codes, and logits by them.
@Suite struct SketchTests {
  private struct Sketch {
    var mean: [Float]
    var steps: [Float]
    var codes: [UInt8]
  }

  private static let (dim, run) = (64, 12)
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

  /// For each token the codes of the channels as numbers of steps.
  private func unpacked(_ sketch: Sketch) -> [[Float]] {
    stride(from: 0, to: sketch.codes.count, by: Self.run).map { first in
      let bytes = sketch.codes[first..<first + Self.run]
      return bytes.map { Float($0 & 15) - 7.5 } + bytes.map { Float($0 >> 4) - 7.5 }
    }
  }

  @Test(arguments: [1, 2, 31, 300]) func aCodeStandsForTheMiddleOfItsStep(_ count: Int) {
    let keys = values(count * Self.dim, seed: UInt64(count))
    each { isa in
      let sketch = sketch(keys)
      let codes = unpacked(sketch)
      for token in 0..<count {
        for (i, channel) in Self.channels.enumerated() {
          let found = sketch.mean[channel] + codes[token][i] * sketch.steps[i]
          #expect(abs(found - keys[token * Self.dim + channel]) <= sketch.steps[i] * 0.5 + 1e-5, isa)
        }
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
      #expect(codes[7][i] == 7.5)
      #expect(codes[8][i] == -7.5)
      #expect(abs(codes[9][i]) == 0.5)
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
}
