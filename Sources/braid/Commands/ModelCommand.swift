internal import ArgumentParser
internal import CommandLineSupport
internal import Workbench

struct ModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Inspect model files.",
    subcommands: [ModelInfoCommand.self]
  )
}

struct ModelInfoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Show the architecture, sizes, tokenizer and tensors of a model file."
  )

  @Argument(help: "A GGUF file. By default the one that scripts/setup installed.")
  var file: String?

  @OptionGroup var form: FormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() async throws {
    let console = verbosity.console()
    var model = ModelOptions()
    model.model = file
    let info = try ModelInfo(path: try model.path())
    switch form.format {
    case .json: try console.result(json: info)
    case .text: try console.result(lines: info.lines)
    }
  }
}
