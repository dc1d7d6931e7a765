internal import Tables
internal import Testing
internal import Workbench

@Suite("Real encodings beside simulated ones")
struct ValidationRowTests {
  private let row = ValidationRow(
    workers: 2,
    tokens: 12_345,
    rounds: [
      ValidationRound(measured: 10, predicted: 9, byOwnRate: 11),
      ValidationRound(measured: 20, predicted: 22, byOwnRate: 20),
      ValidationRound(measured: 30, predicted: 24, byOwnRate: 33),
    ]
  )

  @Test("Times and ratios are medians, ratios of each round by itself")
  func medians() {
    #expect(row.repetitions == 3)
    #expect(row.measuredSeconds == 20 && row.predictedSeconds == 22 && row.ownRateSeconds == 20)
    #expect(row.ratio == 0.9, "of 0.9, 1.1 and 0.8")
    #expect(row.ownRateRatio == 1.1, "of 1.1, 1 and 1.1")
  }

  @Test("People get a table that says what it compares")
  func lines() {
    #expect(
      [row].lines == [
        "SIMULATION beside measurement: local workers with a lane each",
        "workers  tokens  measured s  simulated s  ratio  by the run's own rate s  ratio",
        "      2  12,345       20.00        22.00  0.900                    20.00  1.100",
      ]
    )
  }

  @Test("Programs get the keys in a fixed order")
  func columns() throws {
    #expect(
      try TableText.csv([row])
        == "kind,workers,tokens,repetitions,measured_encode_s,simulated_encode_s,simulated_over_measured,"
        + "simulated_own_rate_s,simulated_own_rate_over_measured\r\nvalidation,2,12345,3,20,22,0.9,20,1.1\r\n"
    )
  }
}
