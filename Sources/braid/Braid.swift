internal import APITypes
internal import ArgumentParser
internal import CommandLineSupport

/// The command line.
struct Braid: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "braid",
    abstract: "Reads very long documents with a language model on many CPU workers.",
    discussion: """
      A coordinator cuts a document into chunks, workers encode the chunks in parallel, and the coordinator merges \
      them and answers questions. `braid run` does all of it on this machine:

        braid run book.txt --ask "Who is the narrator?"

      Results go to standard output, progress and logs to standard error.

      Exit codes:
      \(CommandExit.table)

      Environment, each overridden by its flag:
      \(Settings.table)
      """,
    version: braidVersion,
    subcommands: [
      RunCommand.self, CoordinatorCommand.self, WorkerCommand.self, EncodeCommand.self, AskCommand.self,
      DocumentsCommand.self, WorkersCommand.self, StatusCommand.self, ModelCommand.self,
      BenchCommand.self, EvalCommand.self, SimulateCommand.self,
    ]
  )
}
