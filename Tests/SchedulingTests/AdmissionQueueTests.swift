internal import Scheduling
internal import Testing

@Suite("Transfers that wait for memory")
struct AdmissionQueueTests {
  private func token(_ number: UInt64) -> LeaseToken { LeaseToken(rawValue: number) }
  private func second(_ number: Int64) -> Instant { Instant(nanoseconds: number * 1_000_000_000) }

  private func queue(_ entries: [(UInt64, Int)], until: Int64 = 10) -> AdmissionQueue<String> {
    var queue = AdmissionQueue<String>(keptFor: .seconds(2))
    for (number, bytes) in entries {
      queue.wait(token(number), byteCount: bytes, request: "r\(number)", until: second(until))
    }
    return queue
  }

  @Test func thoseThatFitAreAdmittedInOrderAndNobodyIsOvertaken() {
    var queue = queue([(3, 40), (1, 70), (2, 10)])
    var room = 100
    func reserve(_ bytes: Int) -> Bool {
      guard bytes <= room else { return false }
      room -= bytes
      return true
    }
    #expect(queue.admit { reserve($0) }.map(\.request) == ["r3"])
    #expect(queue.admit { reserve($0) }.isEmpty, "the second one does not fit and the third may not pass it")
    room += 40
    #expect(queue.admit { reserve($0) }.map(\.token) == [token(1), token(2)])
    #expect(room == 20 && queue.waiting == 0)
  }

  @Test func aLeaseIsFirstWhenNobodyBeforeItWaits() {
    var queue = queue([(1, 10), (2, 10)])
    #expect(queue.isFirst(token(1)))
    #expect(!queue.isFirst(token(2)))
    #expect(!queue.isFirst(token(3)), "a new one stands behind all")
    #expect(queue.remove(token(1)) == "r1")
    #expect(queue.isFirst(token(2)))
    #expect(queue.remove(token(1)) == nil)
  }

  @Test func whoComesBackInTimeHasItsPlaceAgain() {
    var queue = queue([(1, 10)], until: 5)
    queue.wait(token(2), byteCount: 10, request: "r2", until: second(20))
    #expect(queue.expire(at: second(4)).isEmpty)
    #expect(queue.expire(at: second(5)) == ["r1"])
    #expect(queue.expire(at: second(6)).isEmpty, "answered once")
    #expect(queue.isFirst(token(2)), "who does not wait holds nobody up")
    queue.wait(token(1), byteCount: 10, request: "again", until: second(20))
    #expect(queue.isFirst(token(1)))
    #expect(queue.admit { _ in true }.map(\.request) == ["again", "r2"])
  }

  @Test func leasesThatAreOverHoldNobodyUp() {
    var queue = queue([(1, 1000), (2, 10), (3, 10)])
    #expect(queue.remove(token(1)) == "r1")
    #expect(queue.remove(token(3)) == "r3")
    #expect(queue.admit { $0 <= 10 }.map(\.request) == ["r2"])
  }

  @Test func aPlaceThatNobodyComesBackForIsGivenUp() {
    var queue = queue([(1, 10)], until: 5)
    queue.wait(token(2), byteCount: 10, request: "r2", until: second(20))
    _ = queue.expire(at: second(5))
    _ = queue.expire(at: second(8))
    queue.wait(token(1), byteCount: 10, request: "late", until: second(20))
    #expect(queue.admit { _ in true }.map(\.request) == ["r2", "late"])
  }
}
