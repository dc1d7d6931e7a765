internal import KVFormat
internal import Testing
internal import Wire

@Suite("Identities beside each other")
struct ModelIdentityTests {
  @Test func eachDifferenceOfIdentitiesIsNamedWithBothValues() {
    let ours = Examples.identity
    #expect(ModelIdentity.difference(worker: ours, coordinator: ours) == nil)
    let changes: [(inout ModelIdentity) -> Void] = [
      { $0.modelSHA256 = "cc" }, { $0.tokenizerSHA256 = "" }, { $0.rope.theta = 1 },
      { $0.rope.dimensions = 1 },
      { $0.rope.kind = "halves" }, { $0.rope.scalingHash = "x" }, { $0.kvType = .f32 },
      { $0.shape.layers = 1 },
      { $0.shape.kvHeads = 1 }, { $0.shape.headDimension = 1 },
      { $0.shape.keptTokens = [1] },
    ]
    var properties: Set<String> = []
    for change in changes {
      var theirs = ours
      change(&theirs)
      let difference = ModelIdentity.difference(worker: theirs, coordinator: ours)
      #expect(difference != nil && difference?.worker != difference?.coordinator)
      #expect(ModelIdentity.places(of: [ours], in: [theirs]) == [nil])
      properties.insert(difference?.property ?? "")
    }
    #expect(properties.count == changes.count)
    var theirs = ours
    theirs.modelSHA256 = "cc"
    #expect(
      ModelIdentity.difference(worker: theirs, coordinator: ours)?.description
        == "the worker's model (SHA-256 of the file) is cc, the coordinator's is aa"
    )
  }

  private static func model(_ hash: String, theta: Double = 100_000) -> ModelIdentity {
    var identity = Examples.identity
    identity.modelSHA256 = hash
    identity.rope.theta = theta
    return identity
  }

  private static func difference(_ worker: [ModelIdentity], _ coordinator: [ModelIdentity]) -> String? {
    ModelIdentity.difference(worker: worker, coordinator: coordinator)?.description
  }

  @Test func oneModelInCommonIsEnough() {
    let (a, b, c) = (Self.model("aa"), Self.model("bb"), Self.model("cc"))
    #expect(Self.difference([a, b], [c, b]) == nil)
    #expect(ModelIdentity.places(of: [c, b, a], in: [a, b, b]) == [nil, 1, 0])
  }

  @Test func withoutOneTheFilesOfBothSidesAreNamed() {
    let models = ["aa", "bb", "cc", "dd"].map { Self.model($0) }
    #expect(
      Self.difference([models[0]], Array(models[1...2]))
        == "the worker's model (SHA-256 of the file) is aa, the coordinator's is bb or cc"
    )
    #expect(
      Self.difference(Array(models[1...]), [models[0]])
        == "the worker's model (SHA-256 of the file) is bb or cc or one of 1 more, the coordinator's is aa"
    )
    #expect(Self.difference([], [models[0]])?.contains("the coordinator's is aa") == true)
  }

  @Test func aFileThatBothReadDifferentlyIsNamedByTheProperty() {
    let worker = [Self.model("bb"), Self.model("aa", theta: 7)]
    #expect(
      Self.difference(worker, [Self.model("aa")])
        == "the worker's RoPE theta is 7.0, the coordinator's is 100000.0"
    )
  }
}
