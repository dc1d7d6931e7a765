internal import ArgumentParser

struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure parts of braid on this machine.",
    subcommands: [
      BenchEncodeCommand.self, BenchQueryCommand.self, BenchScalingCommand.self, BenchWireCommand.self,
      BenchReplayCommand.self,
    ]
  )
}
