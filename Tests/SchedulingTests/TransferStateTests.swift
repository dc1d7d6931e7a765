internal import Scheduling
internal import SeededRandom
internal import Testing

@Suite("Transfer state")
struct TransferStateTests {
  @Test func followsTheWatermarkWithinItsWindow() {
    var transfer = TransferState(total: 25, frameBytes: 10, window: 2)
    #expect(transfer.frameCount == 3)
    #expect(transfer.next(ready: 9) == .waitForBytes(10))
    #expect(transfer.next(ready: 10) == .send(offset: 0, length: 10))
    #expect(transfer.next(ready: 19) == .waitForBytes(20))
    #expect(transfer.next(ready: 25) == .send(offset: 10, length: 10))
    #expect(transfer.next(ready: 25) == .waitForAnswer)
    transfer.accepted()
    #expect(transfer.next(ready: 25) == .send(offset: 20, length: 5))
    transfer.accepted()
    #expect(transfer.next(ready: 25) == .waitForAnswer)
    transfer.accepted()
    #expect(transfer.next(ready: 25) == .end)
  }

  @Test func sendsWhatWasLostOrIsMissingAgain() {
    var transfer = TransferState(total: 25, frameBytes: 10, window: 2)
    _ = transfer.next(ready: 25)
    _ = transfer.next(ready: 25)
    transfer.lost(offset: 10)
    #expect(transfer.next(ready: 25) == .send(offset: 10, length: 10))
    transfer.accepted()
    transfer.accepted()
    #expect(transfer.missing(offset: 20) == false, "it has not been sent yet")
    _ = transfer.next(ready: 25)
    transfer.accepted()
    for offset in [-10, 5, 30, Int.max] { #expect(transfer.missing(offset: offset) == false, "\(offset)") }
    #expect(transfer.missing(offset: 20) == true)
    #expect(transfer.next(ready: 25) == .send(offset: 20, length: 5))
    #expect(transfer.next(ready: 25) == .waitForAnswer)
  }

  /// Any order of answers, losses and late bytes: everything is accepted in the end, nothing that is not
  /// final is sent.
  @Test(arguments: 0..<100)
  func everyByteArrives(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    let total = Int.random(in: 1...500, using: &generator)
    var transfer = TransferState(
      total: total,
      frameBytes: Int.random(in: 1...60, using: &generator),
      window: Int.random(in: 1...3, using: &generator)
    )
    var arrived = [Bool](repeating: false, count: total)
    var underWay: [Int] = []
    var ready = 0
    for _ in 0..<20_000 {
      ready = min(total, ready + Int.random(in: 0...5, using: &generator))
      switch transfer.next(ready: ready) {
      case .send(let offset, let length):
        #expect(offset + length <= ready && length == transfer.length(at: offset))
        underWay.append(offset)
      case .waitForBytes(let count): #expect(count > ready && count <= total)
      case .waitForAnswer: #expect(!underWay.isEmpty)
      case .end:
        #expect(underWay.isEmpty && ready == total)
        guard let missing = arrived.firstIndex(of: false) else { return }
        #expect(transfer.missing(offset: missing / transfer.frameBytes * transfer.frameBytes) == true)
      }
      #expect(underWay.count == transfer.underWay && underWay.count <= transfer.window)
      guard !underWay.isEmpty, Int.random(in: 0..<3, using: &generator) == 0 else { continue }
      let offset = underWay.remove(at: Int.random(in: 0..<underWay.count, using: &generator))
      switch Int.random(in: 0..<10, using: &generator) {
      case 0: transfer.lost(offset: offset)
      // The receiver says so, but forgets it.
      case 1: transfer.accepted()
      default:
        transfer.accepted()
        for byte in offset..<offset + transfer.length(at: offset) { arrived[byte] = true }
      }
    }
    Issue.record("seed \(seed): the transfer never ended")
  }
}
