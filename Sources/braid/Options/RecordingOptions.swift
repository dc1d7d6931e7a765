internal import ArgumentParser

/// Options for recording chunks, and for answering leases with recorded ones.
struct RecordingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Also write every encoded chunk's KV cache, and the times at which its layers were done, into this folder.",
      valueName: "folder"
    )
  )
  var record: String?

  @Option(
    help: ArgumentHelp(
      "Compute nothing: answer with the chunks recorded in this folder, after the recorded times. Not together "
        + "with --record.",
      valueName: "folder"
    )
  )
  var replay: String?

  @Flag(help: "With --replay: in place of a chunk that was not recorded send another one of the same length.")
  var replayAny = false

  @Option(
    help: ArgumentHelp(
      "With --replay: multiply the recorded times by this, from 0 to 1000: 0 does not wait, 2 takes twice as long.",
      valueName: "factor"
    )
  )
  var replaySpeed = 1.0

  @Option(
    help: ArgumentHelp(
      "With --replay: how many workers this process acts as, from 1 to 1024, each with connections of its own.",
      valueName: "count"
    )
  )
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
