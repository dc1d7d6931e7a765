internal import APITypes
internal import CommandLineSupport
internal import KVFormat
internal import Testing
internal import Workbench

@Suite("A real encoding for a comparison")
struct ValidationJobTests {
  private let common = [
    "run", "/d.txt", "--workers", "2", "--lanes", "1", "--format", "json", "--quiet", "--model", "/m.gguf",
    "--compute", "bf16", "--summaries", "sketch",
  ]

  @Test("Local workers have a lane each", arguments: [nil, 0, 256])
  func arguments(left: Int?) {
    let model = ModelChoice(path: "/m.gguf", compute: .fixed(.bf16), threads: 1)
    let job = ValidationJob(model: model, path: "/d.txt", left: left)
    #expect(job.arguments(workers: 2) == common + (left.map { ["--left", "\($0)"] } ?? []))
  }

  @Test("The summary is read out of what braid run prints")
  func summary() throws {
    let output =
      try APIJSON.string(ValidationSamples.summary(seconds: 4, computeSecondsMean: 3, workers: 2)) + "\n"
    let summary = try ValidationJob.summary(in: ProgramOutcome(succeeded: true, output: output))
    #expect(summary.encode.seconds == 4 && summary.workers.count == 2)
  }

  @Test("A run that fails, or prints something else, is a failure with what it said")
  func failure() throws {
    let output = try APIJSON.string(ValidationSamples.summary(seconds: 4, computeSecondsMean: 3, workers: 2))
    for outcome in [
      ProgramOutcome(succeeded: false, output: output, errors: "braid: no model"),
      ProgramOutcome(succeeded: true, output: "", errors: "braid: no model"),
    ] {
      #expect(throws: CommandFailure(.failed, "braid run failed: braid: no model")) {
        try ValidationJob.summary(in: outcome)
      }
    }
  }
}
