internal import HTTPAPI
internal import NIOCore
internal import Testing

@Suite("How long and how many connections")
struct ConnectionTests {
  private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
  private let start = Self.start

  private func deadline() -> ConnectionDeadline {
    ConnectionDeadline(
      .init(head: .seconds(10), body: .seconds(30), idle: .seconds(60), stalled: .seconds(120)),
      at: start
    )
  }

  @Test("A head has its time from the first byte, however it drips")
  func head() {
    var deadline = deadline()
    #expect(deadline.end == start + .seconds(60))
    deadline.received(at: start + .seconds(5))
    for second in 6..<15 { deadline.received(at: start + .seconds(Int64(second))) }
    #expect(deadline.phase == .head)
    #expect(deadline.end == start + .seconds(15))
  }

  @Test("A body goes on while it comes, and an answer takes its time")
  func body() {
    var deadline = deadline()
    deadline.received(at: start)
    deadline.receivedHead(at: start + .seconds(1))
    #expect(deadline.end == start + .seconds(31))
    deadline.receivedBody(at: start + .seconds(20))
    #expect(deadline.end == start + .seconds(50))
    deadline.receivedEnd(at: start + .seconds(40))
    #expect(deadline.end == nil && deadline.phase == .answering && deadline.hasRequest)
    deadline.answered(at: start + .seconds(4000))
    #expect(deadline.end == start + .seconds(4060) && deadline.phase == .idle && !deadline.hasRequest)
  }

  @Test("An answer before the end of the body leaves the body its limit")
  func early() {
    var deadline = deadline()
    deadline.receivedHead(at: start)
    deadline.answered(at: start + .seconds(1))
    #expect(deadline.end == start + .seconds(30))
    deadline.receivedEnd(at: start + .seconds(2))
    #expect(deadline.phase == .idle && deadline.end == start + .seconds(62))
  }

  @Test("A client that takes nothing is given up, also while it is answered")
  func stalled() {
    var deadline = deadline()
    deadline.receivedHead(at: start)
    deadline.receivedEnd(at: start)
    deadline.writable(false, at: start + .seconds(10))
    deadline.writable(false, at: start + .seconds(20))
    #expect(deadline.end == start + .seconds(130))
    deadline.writable(true, at: start + .seconds(30))
    #expect(deadline.end == nil)
  }

  @Test("A newcomer takes the place of the one that has been still for longest and is owed nothing")
  func eviction() {
    var book = ConnectionBook<Int>(limit: 3)
    for id in 1...3 { #expect(book.admit(id) == .admitted) }
    book.touched(1)
    book.becameBusy(2)
    #expect(book.admit(4) == .instead(of: 3))
    #expect(book.admit(5) == .instead(of: 1))
    book.becameIdle(2)
    #expect(book.admit(6) == .instead(of: 4))
    #expect(book.count == 3)
  }

  @Test("Where all are owed an answer a newcomer is refused, until one is closed")
  func refusal() {
    var book = ConnectionBook<Int>(limit: 2)
    for id in 1...2 {
      #expect(book.admit(id) == .admitted)
      book.becameBusy(id)
    }
    #expect(book.admit(3) == .refused)
    #expect(book.count == 2)
    book.closed(1)
    #expect(book.admit(4) == .admitted)
    // A connection that is not in the book changes nothing.
    book.becameBusy(3)
    book.becameIdle(3)
    book.touched(3)
    #expect(book.count == 2)
  }

  @Test("A thousand strangers keep nobody out")
  func strangers() {
    var book = ConnectionBook<Int>(limit: 64)
    for id in 0..<1000 { #expect(book.admit(id) != .refused) }
    #expect(book.count == 64)
    #expect(book.admit(1000) == .instead(of: 936))
    // The newcomer stays while as many more come as there is room for, but one.
    for id in 1001..<1064 { #expect(book.admit(id) != .instead(of: 1000)) }
  }

  @Test(
    "HTTP takes a part of the descriptors, and a limit is raised within reason",
    arguments: [
      (0, 8), (1, 8), (16, 8), (64, 16), (256, 64), (1024, 256), (4096, 1024), (1 << 20, 1024), (.max, 1024),
    ] as [(Int, Int)]
  )
  func descriptors(_ limit: Int, _ connections: Int) {
    #expect(DescriptorLimit.httpConnections(descriptors: limit) == connections)
    #expect(DescriptorLimit.wanted(soft: limit, hard: .max) == max(limit, 65_536))
    #expect(DescriptorLimit.wanted(soft: limit, hard: limit) == limit)
    #expect(DescriptorLimit.wanted(soft: 10, hard: 20) == 20)
  }

  @Test(
    "Workers get what HTTP and files leave, at three descriptors a connection",
    arguments: [(0, 4), (128, 10), (256, 42), (1024, 234), (1 << 20, 4096), (.max, 4096)] as [(Int, Int)]
  )
  func workers(_ limit: Int, _ connections: Int) {
    #expect(DescriptorLimit.workerConnections(descriptors: limit) == connections)
  }
}
