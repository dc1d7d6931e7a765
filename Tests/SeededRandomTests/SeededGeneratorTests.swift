internal import SeededRandom
internal import Testing

@Suite struct SeededGeneratorTests {
  @Test func randomNumbersDependOnSeedAndPath() {
    func first(_ seed: UInt64, _ path: [Int]) -> UInt64 {
      var random = SeededGenerator(seed: seed, path: path)
      return random.next()
    }
    #expect(first(1, [2, 3]) == first(1, [2, 3]))
    #expect(Set([first(1, [2, 3]), first(1, [3, 2]), first(2, [2, 3]), first(1, [2])]).count == 4)
  }

  @Test func theSequenceIsThatOfSplitMix64() {
    // The first numbers for the seed 1234567 of the reference program at prng.di.unimi.it/splitmix64.c.
    var random = SeededGenerator(seed: 1_234_567)
    #expect(
      (0..<3).map { _ in random.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      ]
    )
  }

  @Test func unitsLieBetweenNoughtAndOne() {
    var random = SeededGenerator(seed: 3)
    let numbers = (0..<1000).map { _ in random.unit() }
    #expect(numbers.allSatisfy { (0..<1).contains($0) })
    #expect(abs(numbers.reduce(0, +) / 1000 - 0.5) < 0.05)
  }
}
