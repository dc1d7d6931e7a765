internal import Scheduling
internal import SeededRandom
internal import Testing

@Suite("Pauses between attempts")
struct BackoffTests {
  @Test func pausesDoubleUpToTheLimitAndBeginAgain() {
    var generator = SeededGenerator(seed: 1)
    var backoff = Backoff(first: .milliseconds(100), limit: .seconds(1))
    for longest in [100, 200, 400, 800, 1000, 1000, 1000] {
      let pause = backoff.next(using: &generator)
      #expect(pause <= .milliseconds(longest) && pause >= .milliseconds(longest) / 2)
    }
    for _ in 0..<100 { _ = backoff.next(using: &generator) }
    backoff.reset()
    #expect(backoff.next(using: &generator) <= .milliseconds(100))
  }
}
