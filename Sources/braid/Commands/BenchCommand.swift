internal import ArgumentParser

struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the speed of Braid and of its parts on this machine.",
    subcommands: [
      BenchEncodeCommand.self, BenchQueryCommand.self, BenchScalingCommand.self, BenchWireCommand.self,
      BenchReplayCommand.self,
    ]
  )
}
