internal import Gate
internal import Testing

@Suite("Census")
struct CensusTests {
  private static func id(_ decision: Census.Decision) -> UInt64? {
    switch decision {
    case .admit(let id), .replace(let id, _): id
    case .refuse: nil
    }
  }

  @Test func strangersOfOneAddressMakeRoomForEachOther() {
    var census = Census(limits: .init(total: 8))
    // Half of the places at most are for those that wait.
    var ids: [UInt64] = []
    for _ in 0..<4 { ids.append(Self.id(census.arrive(from: "stranger")) ?? 0) }
    let fifth = census.arrive(from: "stranger")
    guard case .replace(_, let leaving) = fifth else {
      Issue.record("the fifth did not take the place of another")
      return
    }
    #expect(leaving == ids[0])
    #expect(census.count == 4 && census.waiting == 4)
    let isThere = census.joined(ids[0])
    #expect(!isThere)
  }

  @Test func aThousandStrangersLeaveThePlacesOfWorkersAlone() throws {
    var census = Census(limits: .init(total: 16))
    let workers = (0..<4).compactMap { _ in Self.id(census.arrive(from: "127.0.0.1")) }
    for worker in workers {
      let isThere = census.joined(worker)
      #expect(isThere)
    }
    for index in 0..<1000 {
      if case .replace(_, let leaving) = census.arrive(from: index % 2 == 0 ? "127.0.0.1" : "10.0.0.\(index)")
      {
        #expect(!workers.contains(leaving))
      }
    }
    #expect(census.count <= 16)
    // And one more comes in.
    let late = try #require(Self.id(census.arrive(from: "127.0.0.1")))
    let isThere = census.joined(late)
    #expect(isThere)
  }

  @Test func joinedConnectionsAreNeverEndedForOthers() throws {
    var census = Census(limits: .init(total: 4))
    for index in 0..<4 {
      let id = try #require(Self.id(census.arrive(from: "10.0.0.\(index)")))
      let isThere = census.joined(id)
      #expect(isThere)
    }
    let refused = census.arrive(from: "10.0.0.9")
    #expect(refused == .refuse)
    census.left(2)
    let admitted = census.arrive(from: "10.0.0.9")
    #expect(admitted == .admit(5))
  }

  @Test func oneAddressCannotTakeAllPlaces() {
    var census = Census(limits: .init(total: 8))
    var admitted = 0
    for _ in 0..<8 {
      guard let id = Self.id(census.arrive(from: "10.0.0.1")), census.joined(id) else { continue }
      admitted += 1
    }
    #expect(admitted == 6)
    let other = Self.id(census.arrive(from: "10.0.0.2"))
    #expect(other != nil)
  }

  @Test func whoLeftIsForgotten() {
    var census = Census(limits: .init(total: 4))
    for _ in 0..<100 {
      guard case .admit(let id) = census.arrive(from: "a") else {
        Issue.record("there was no place")
        return
      }
      census.left(id)
      census.left(id)
    }
    #expect(census.count == 0)
  }
}
