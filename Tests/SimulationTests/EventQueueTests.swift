internal import Simulation
internal import Testing

@Suite struct EventQueueTests {
  @Test func eventsComeByTimeAndThenInTheirOrder() {
    var queue = EventQueue<String>()
    for (event, time) in [("c", 5), ("a", 1), ("d", 5), ("b", 1)] as [(String, Int64)] {
      queue.add(event, at: time)
    }
    var seen: [String] = []
    while let (time, event) = queue.next() { seen.append("\(event)\(time)") }
    #expect(seen == ["a1", "b1", "c5", "d5"])
    #expect(queue.isEmpty)
  }
}
