internal import ArgumentParser

struct EvalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measure how well methods (policies) read documents.",
    subcommands: [
      EvalPerplexityCommand.self, EvalEntropyCommand.self, EvalRetrievalCommand.self, EvalICLCommand.self,
    ]
  )
}
