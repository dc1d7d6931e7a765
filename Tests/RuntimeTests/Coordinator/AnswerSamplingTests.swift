internal import APITypes
internal import ParallelContext
internal import Runtime
internal import Testing

@Suite("How answers are drawn")
struct AnswerSamplingTests {
  private func request(_ change: (inout ChatRequest) -> Void = { _ in }) -> ChatRequest {
    var request = ChatRequest(document: "d", question: "Why?")
    change(&request)
    return request
  }

  @Test("Without a temperature nothing is drawn, and no seed is made")
  func greedy() {
    for temperature in [nil, 0.0] {
      for seed in [nil, 7 as UInt64] {
        let sampling = AnswerSampling(
          request {
            $0.temperature = temperature
            $0.seed = seed
          }
        ) {
          Issue.record("a seed was made")
          return 1
        }
        #expect(sampling.seed == nil && sampling.temperature == 0)
      }
    }
  }

  @Test("With a temperature the seed is the one that was given, else a new one each time")
  func seeds() {
    var next: UInt64 = 40
    func seed(_ given: UInt64?) -> UInt64? {
      AnswerSampling(
        request {
          $0.temperature = 0.7
          $0.seed = given
        }
      ) {
        next += 1
        return next
      }.seed
    }
    #expect(seed(nil) == 41)
    #expect(seed(nil) == 42)
    #expect(seed(0) == 0)
    #expect(seed(.max) == .max)
    #expect(next == 42)
  }

  @Test("New seeds differ, and every reader of JSON can hold them")
  func newSeeds() {
    let seeds = (0..<100).map { _ in AnswerSampling.newSeed() }
    #expect(Set(seeds).count == 100)
    #expect(seeds.allSatisfy { UInt64(exactly: Double($0)) == $0 && $0 <= 1 << 53 })
  }

  @Test("Repetition costs a little unless the question says otherwise")
  func penalties() {
    #expect(AnswerSampling(request()).penalties == LogitPenalties(repetition: 1.1))
    #expect(AnswerSampling(request { $0.repeatPenalty = 1 }).penalties == .none)
    let own = AnswerSampling(
      request {
        $0.frequencyPenalty = 0.5
        $0.presencePenalty = -0.25
        $0.repeatPenalty = 1.3
      }
    )
    #expect(own.penalties == LogitPenalties(frequency: 0.5, presence: -0.25, repetition: 1.3))
  }
}
