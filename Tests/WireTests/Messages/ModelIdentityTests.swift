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
    ]
    var properties: Set<String> = []
    for change in changes {
      var theirs = ours
      change(&theirs)
      let difference = ModelIdentity.difference(worker: theirs, coordinator: ours)
      #expect(difference != nil && difference?.worker != difference?.coordinator)
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
}
