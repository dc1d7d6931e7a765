internal import Benchmarks
internal import HTTPClient
internal import KVFormat
internal import Testing
internal import Workbench

@Suite("What a scaling benchmark is asked for")
struct ScalingRequestTests {
  private let model = ModelChoice(path: "/m.gguf", compute: .auto, threads: 1)

  @Test(
    "By default workers are doubled up to the cores, and to 64",
    arguments: [
      (0, [1]), (1, [1]), (2, [1, 2]), (3, [1, 2]), (6, [1, 2, 4]), (64, [1, 2, 4, 8, 16, 32, 64]),
      (200, [1, 2, 4, 8, 16, 32, 64]),
    ]
  )
  func usualWorkers(cores: Int, workers: [Int]) {
    #expect(ScalingRequest.usualWorkers(cores: cores) == workers)
  }

  @Test("A made-up text is as long as the longest run")
  func madeUpTokens() {
    #expect(ScalingRequest(model: model, workers: [1, 4]).madeUpTokens == 32768)
    #expect(ScalingRequest(model: model, workers: [1, 4], tokens: 100).madeUpTokens == 100)
    #expect(ScalingRequest(model: model, workers: [4, 2], tokens: 100, isWeak: true).madeUpTokens == 400)
    #expect(ScalingRequest(model: model, workers: [1, 2], isWeak: true).madeUpTokens == 65536)
  }

  @Test("A document is taken whole unless a length is asked for; a made-up text has the usual one")
  func tokens() {
    let document = ScalingRequest.Document(name: "a", bytes: [])
    let whole = ScalingRequest(model: model, workers: [1], document: document)
    #expect(whole.plan(availableTokens: 777).tokens == 777)
    let part = ScalingRequest(model: model, workers: [1], tokens: 500, document: document)
    #expect(part.plan(availableTokens: 777).tokens == 500)
    let madeUp = ScalingRequest(model: model, workers: [1])
    #expect(madeUp.plan(availableTokens: 32_790).tokens == 32768)
  }

  @Test("Further lengths are an eighth, a quarter and a half of the longest run, where they are wanted")
  func lengths() {
    func lengths(_ request: ScalingRequest) -> [Int] { request.plan(availableTokens: 1 << 20).lengths }
    #expect(lengths(ScalingRequest(model: model, workers: [1], tokens: 1000)) == [])
    #expect(
      lengths(ScalingRequest(model: model, workers: [1], tokens: 1000, wantsLengths: true)) == [
        125, 250, 500,
      ]
    )
    #expect(
      lengths(ScalingRequest(model: model, workers: [1, 4], tokens: 100, isWeak: true, wantsLengths: true))
        == [50, 100, 200]
    )
    #expect(lengths(ScalingRequest(model: model, workers: [1], tokens: 3, wantsLengths: true)) == [1])
  }

  @Test("Lengths that are asked for replace the usual ones, but for those beyond the longest run")
  func givenLengths() {
    let request = ScalingRequest(
      model: model,
      workers: [1],
      tokens: 1000,
      lengths: [10, 1000, 1001],
      wantsLengths: true
    )
    #expect(request.plan(availableTokens: 1000).lengths == [10, 1000])
  }

  @Test("The plan has everything else as it was asked for")
  func plan() {
    let request = ScalingRequest(
      model: model,
      workers: [2, 4],
      tokens: 50,
      isWeak: true,
      repetitions: 3,
      includesSingleProcess: false
    )
    let plan = request.plan(availableTokens: 200)
    #expect(
      plan
        == ScalingPlan(
          workers: [2, 4],
          tokens: 50,
          isWeak: true,
          repetitions: 3,
          includesSingleProcess: false
        )
    )
  }

  @Test("One process has the lanes of the most workers, and all cores beside a coordinator elsewhere")
  func singleProcessLanes() throws {
    var request = ScalingRequest(model: model, workers: [1, 4], lanes: 2)
    #expect(request.singleProcessLanes(cores: 6) == 6)
    #expect(request.singleProcessLanes(cores: 16) == 8)
    request.coordinator = try CoordinatorURL(parsing: "http://127.0.0.1:8080")
    #expect(request.singleProcessLanes(cores: 16) == 16)
  }
}
