internal import Foundation
internal import Testing
internal import Transformer

@Suite struct RotaryTests {
  private static func configuration(_ pairing: RotaryConfiguration.Pairing) -> ModelConfiguration {
    ModelConfiguration(
      architecture: "llama",
      name: "rotary",
      layers: 1,
      embedding: 64,
      feedForward: 64,
      heads: 1,
      kvHeads: 1,
      headDimension: 64,
      vocabulary: 1,
      contextLength: 1 << 20,
      normEpsilon: 1e-5,
      rope: RotaryConfiguration(base: 100_000, dimension: 64, pairing: pairing)
    )
  }

  /// A vector rotated to a position by the production kernel, without the attention scale.
  private func rotated(_ x: [Float], to position: Int, _ pairing: RotaryConfiguration.Pairing) -> [Float] {
    let c = Self.configuration(pairing)
    var out = [Float](repeating: 0, count: 64)
    out.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      AttentionKernel.f32.rotateQueries(
        x,
        head: 0,
        tokens: 1,
        table: RotaryTable(c.rope, first: position, count: 1),
        tableRow: 0,
        configuration: c,
        out: base
      )
    }
    return out.map { $0 * 8 }
  }

  private let vector: [Float] = (0..<64).map { Float(($0 * 37) % 41) / 20 - 1 }
  private let other: [Float] = (0..<64).map { Float(($0 * 23) % 29) / 14 - 1 }

  private func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  @Test(arguments: [RotaryConfiguration.Pairing.interleaved, .halves])
  func rotationIsItsDefinition(_ pairing: RotaryConfiguration.Pairing) {
    let position = 1234
    let result = rotated(vector, to: position, pairing)
    for i in 0..<32 {
      let angle = Double(position) * pow(100_000, -Double(i) / 32)
      let (a, b) = pairing == .interleaved ? (2 * i, 2 * i + 1) : (i, i + 32)
      let (x, y) = (Double(vector[a]), Double(vector[b]))
      #expect(abs(Double(result[a]) - (x * cos(angle) - y * sin(angle))) < 1e-5)
      #expect(abs(Double(result[b]) - (x * sin(angle) + y * cos(angle))) < 1e-5)
    }
  }

  @Test(arguments: [RotaryConfiguration.Pairing.interleaved, .halves])
  func movingByADeltaIsBeingAtTheNewPosition(_ pairing: RotaryConfiguration.Pairing) {
    for (position, delta) in [(0, 5), (700, 1024), (1024, -1000), (5, 65536)] {
      let direct = rotated(vector, to: position + delta, pairing)
      let moved = rotated(rotated(vector, to: position, pairing), to: delta, pairing)
      #expect((zip(direct, moved).map { abs($0 - $1) }.max() ?? 1) < 1e-4)
    }
  }

  @Test(arguments: [RotaryConfiguration.Pairing.interleaved, .halves])
  func movingTheQueryIsMovingTheKeyTheOtherWay(_ pairing: RotaryConfiguration.Pairing) {
    // A chunk stored from base b that shall appear at a: the query goes to position - (a - b), the key stays.
    let (query, base, place, key) = (9000, 32, 7000, 17)
    let moved = dot(
      rotated(vector, to: query - (place - base), pairing),
      rotated(other, to: base + key, pairing)
    )
    let expected = dot(rotated(vector, to: query, pairing), rotated(other, to: place + key, pairing))
    #expect(abs(moved - expected) < 1e-3)
  }
}
