internal import ArgumentParser

struct EvalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measure how well policies read a document.",
    subcommands: [
      EvalPerplexityCommand.self, EvalEntropyCommand.self, EvalRetrievalCommand.self, EvalICLCommand.self,
    ]
  )
}
