internal import ArgumentParser
internal import CommandLineSupport
internal import Workbench

struct ModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "List and inspect models.",
    subcommands: [ModelListCommand.self, ModelInfoCommand.self]
  )
}

struct ModelListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the models that --model finds by name, and say which of them run.",
    discussion: """
      Shows the GGUF files in the folder `models` of BRAID_DATA, by default ~/.local/share/braid, and in the folders in \
      it. A model that does not run has the reason at the end of its line. `braid model info NAME` shows what one needs.

      Put more models there with the tool of the Hugging Face Hub:

        hf download REPOSITORY FILE --local-dir ~/.local/share/braid/models
      """
  )

  @OptionGroup var form: FormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() async throws {
    let console = verbosity.console()
    let folder = ModelFolder.current
    let usual = try? folder.path(of: Settings.current.model(flag: nil)) { isFile($0) }
    let rows = folder.rows(usual: usual)
    switch form.format {
    case .json: try console.result(json: rows)
    case .text: try console.result(lines: ModelRow.lines(rows, folder: folder.path))
    }
  }
}

struct ModelInfoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Show a model: whether it runs, its sizes, and what it takes of this machine.",
    discussion: """
      A model that does not run is refused with code 3 and the field of its file that is in the way. Memory is given \
      for each precision that this processor has, and the tokens of documents for which a coordinator has room beside \
      the weights. The speed of encoding is an upper estimate: that of matrix products of the shapes of the model's \
      layers, measured on all cores for two seconds, over the arithmetic of a token.
      """
  )

  @Argument(
    help:
      "A GGUF file, or a name that `braid model list` shows. By default the one that scripts/setup installed."
  )
  var file: String?

  @Flag(inversion: .prefixedNo, help: "Measure the speed of matrix products, which takes two seconds.")
  var measurement = true

  @Flag(
    inversion: .prefixedNo,
    help: "Read the whole file for its SHA-256, which workers and coordinator compare."
  )
  var digest = true

  @OptionGroup var form: FormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  private static let seconds = 2.0

  func run() async throws {
    let console = verbosity.console()
    var model = ModelOptions()
    model.model = file
    let path = try model.path()
    let (measurement, digest) = (measurement, digest)
    let info = try await interruptible {
      var inspection = try ModelInspection(path: path, withDigest: digest, memory: availableMemory())
      if measurement { try await inspection.measure(seconds: Self.seconds, threads: availableCores()) }
      return inspection.info
    }
    switch form.format {
    case .json: try console.result(json: info)
    case .text: try console.result(lines: info.lines)
    }
  }
}
