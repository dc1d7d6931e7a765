internal import Foundation
internal import ParallelContext
internal import Testing

/// The choice of tokens, and their frequencies.
@Suite struct TokenSamplerTests {
  /// Probabilities 0.5, 0.3, 0.15 and 0.05, not in this order.
  private let logits: [Float] = [0.15, 0.5, 0.05, 0.3].map { Float(log($0)) }

  private func draw(_ count: Int, topP: Double, temperature: Double = 1, seed: UInt64 = 7) -> [Int32] {
    var sampler = TokenSampler(temperature: temperature, topP: topP, seed: seed)
    return (0..<count).map { _ in sampler.choose(logits) }
  }

  @Test func zeroTemperatureTakesTheFirstOfTheLikeliest() {
    var sampler = TokenSampler(temperature: 0, topP: 0.3, seed: 1)
    #expect(sampler.choose(logits) == 1)
    #expect(sampler.choose([1, 3, 3, 2]) == 1)
  }

  @Test(
    arguments: [
      (0, [1]), (0.49, [1]), (0.51, [1, 3]), (0.79, [1, 3]), (0.81, [0, 1, 3]), (0.96, [0, 1, 2, 3]),
      (1, [0, 1, 2, 3]),
    ] as [(Double, Set<Int32>)]
  )
  func onlyTheNucleusIsDrawnFrom(topP: Double, tokens: Set<Int32>) {
    #expect(Set(draw(2000, topP: topP)) == tokens)
  }

  @Test(arguments: [(0.7, [0.625, 0.375]), (1, [0.5, 0.3])] as [(Double, [Double])])
  func tokensComeAsOftenAsTheirShareOfTheNucleus(topP: Double, shares: [Double]) {
    let count = 40_000
    let drawn = draw(count, topP: topP)
    for (token, share) in zip([1, 3] as [Int32], shares) {
      let found = Double(drawn.count { $0 == token }) / Double(count)
      // Five standard deviations.
      #expect(abs(found - share) < 5 * (share * (1 - share) / Double(count)).squareRoot())
    }
  }

  @Test func temperatureComesBeforeTheNucleus() {
    // Squared and normalised, the likeliest has 0.68.
    #expect(Set(draw(500, topP: 0.65, temperature: 0.5)) == [1])
    #expect(Set(draw(500, topP: 0.65, temperature: 1)) == [1, 3])
  }

  @Test func theSameSeedDrawsTheSameTokens() {
    #expect(draw(50, topP: 0.9) == draw(50, topP: 0.9))
    #expect(draw(50, topP: 0.9) != draw(50, topP: 0.9, seed: 8))
  }

  /// The heap against sorting everything, with many equal logits.
  @Test func theNucleusIsThatOfSortedTokens() {
    var generator = SegmentFixture.Generator(state: 3)
    for _ in 0..<40 {
      let logits = (0..<300).map { _ in Float(Int.random(in: 0..<9, using: &generator)) * 0.4 }
      let topP = Double.random(in: 0.02..<0.6, using: &generator)
      let weights = logits.map { exp(Double($0)) }
      let order = logits.indices.sorted { (weights[$0], $1) > (weights[$1], $0) }
      var (nucleus, sum): (Set<Int32>, Double) = ([], 0)
      for token in order where sum < topP * weights.reduce(0, +) {
        nucleus.insert(Int32(token))
        sum += weights[token]
      }
      var sampler = TokenSampler(temperature: 1, topP: topP, seed: 5)
      #expect(Set((0..<4000).map { _ in sampler.choose(logits) }) == nucleus)
    }
  }

  @Test func numbersThatAreNoneDoNotTrap() {
    for topP in [0.5, 1] {
      var sampler = TokenSampler(temperature: 1, topP: topP, seed: 1)
      #expect((0..<3).contains(sampler.choose([.nan, .nan, .nan])))
      #expect((0..<2).contains(sampler.choose([.infinity, 0])))
      _ = sampler.choose([])
    }
  }
}
