internal import Simulation
internal import Testing
internal import Workbench

@Suite("Costs of bytes")
struct CalibrationTests {
  @Test("Sender and receiver share the wire's computing time, and the receiver's memory is new")
  func takeIn() {
    var costs = CostModel()
    costs.takeIn(
      gigabytesPerSecond: 2,
      processorSecondsPerGigabyte: 0.8,
      firstTouchSecondsPerByte: 0.5e-9
    )
    #expect(costs.ingestBytesPerSecond == 2e9)
    #expect(abs(costs.sendSecondsPerByte - 0.4e-9) < 1e-18)
    #expect(abs(costs.receiveSecondsPerByte - 0.9e-9) < 1e-18)
    #expect(costs.secondsPerRow == CostModel().secondsPerRow, "rows are measured otherwise")
  }
}
