internal import ArgumentParser

/// Options for recording chunks, and for answering leases with recorded ones.
struct RecordingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write every chunk's KV cache and the time of each layer into this folder.",
      valueName: "folder"
    )
  )
  var record: String?

  @Option(
    help: ArgumentHelp(
      "Compute nothing: answer with the chunks recorded in this folder, after the recorded times.",
      valueName: "folder"
    )
  )
  var replay: String?

  @Flag(help: "With --replay: another chunk of the same length stands in for one that was not recorded.")
  var replayAny = false

  @Option(
    help: ArgumentHelp(
      "With --replay: multiply recorded times by this; 1 as recorded, 0 without waiting.",
      valueName: "factor"
    )
  )
  var replaySpeed = 1.0

  @Option(help: "With --replay: how many workers this process is, each with connections of its own.")
  var replicas = 1

  mutating func validate() throws {
    if record != nil, replay != nil {
      throw ValidationError("Only one of --record and --replay makes sense.")
    }
    if replay == nil, replayAny || replaySpeed != 1 || replicas != 1 {
      throw ValidationError("--replay-any, --replay-speed and --replicas need --replay.")
    }
    if !(0...1000).contains(replaySpeed) {
      throw ValidationError("--replay-speed is \(replaySpeed): it must lie between 0 and 1000.")
    }
    if !(1...1024).contains(replicas) {
      throw ValidationError("--replicas is \(replicas): it must lie between 1 and 1024.")
    }
  }
}
